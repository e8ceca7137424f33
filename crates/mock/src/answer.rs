//! Outcomes put into words, and into the counters.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use trtc_wire::dialect::wire::Plain;

use super::codes::Refusal;
use super::counts::Requests;
use super::service::Service;

/// Enters the outcome into the counters, and puts it into words.
pub(super) fn counted<T: Serialize>(
    service: &Service,
    counters: &Requests,
    outcome: Result<T, Refusal>,
) -> Response {
    match outcome {
        Ok(body) => {
            counters.successes.up();
            json(StatusCode::OK, &body)
        }
        Err(refusal) => {
            service.counts.refused(refusal.code);
            refused(refusal)
        }
    }
}

/// A refusal in words.
pub(super) fn refused(refusal: Refusal) -> Response {
    let body = Plain {
        code: refusal.code,
        message: refusal.message.into(),
    };
    json(refusal.status, &body)
}

/// A body as JSON.
pub(super) fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    // These bodies are numbers, strings and maps of them, which have no way to fail.
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A success without more.
pub(super) const fn success() -> Plain {
    Plain {
        code: 0,
        message: String::new(),
    }
}
