//! The server REST API, as far as login capacity sees it: import, check, status and kick of accounts, and what an app's
//! days came to, by an administrator.
//!
//! Source: "RESTful API Overview" (trtc.io/document/34620) and the commands' own pages. HTTP 200 whatever comes of it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use trtc_base::clock::unix_now;
use trtc_usersig::UserId;

use super::books::BeijingDay;
use super::codes::Refusal;
use super::service::Service;
use super::session::Name;
use super::table::Online;
use super::{answer, codes};

/// The most bytes of a request: 500 UserIDs of 32 bytes, and room for other spellings of the JSON.
const BODY_BYTES: usize = 64 * 1_024;

/// The most UserIDs of a status query.
const STATUS_IDS: usize = 500;

/// The most accounts of an import of several.
const IMPORT_IDS: usize = 100;

/// The most UserIDs of a check.
const CHECK_IDS: usize = 100;

/// What an app's days came to.
const APP_INFO: &str = "openconfigsvr/getappinfo";

/// The most fields that a request for it names: the documents list 34.
const APP_INFO_FIELDS: usize = 64;

/// Why a command is not carried out, or what it gives beside the envelope.
type Outcome = Result<Value, Refusal>;

/// `POST /v4/{service}/{command}?sdkappid=..&identifier=..&usersig=..&random=..&contenttype=json`
pub(super) async fn command(
    State(service): State<Arc<Service>>,
    Path((area, command)): Path<(String, String)>,
    Query(parameters): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    service.faults.came(service.clock.now());
    let body = to_bytes(request.into_body(), BODY_BYTES).await;
    let name = format!("{area}/{command}");
    let counters = service.counts.rest(&name);
    counters.attempts.up();
    service.work().await;
    let outcome = service
        .admin(&parameters)
        .and_then(|app| carry_out(&service, (app, &name), &body.unwrap_or_default()));
    let document = match outcome {
        Ok(more) => {
            counters.successes.up();
            envelope(0, "", more)
        }
        Err(refusal) => {
            service.counts.refused(refusal.code);
            envelope(refusal.code, refusal.message, Value::Null)
        }
    };
    service.hold_up().await;
    answer::json(StatusCode::OK, &document)
}

fn envelope(code: i64, info: &str, more: Value) -> Value {
    let status = if code == 0 { "OK" } else { "FAIL" };
    let mut document = json!({"ActionStatus": status, "ErrorCode": code, "ErrorInfo": info});
    if let (Value::Object(all), Value::Object(more)) = (&mut document, more) {
        all.extend(more);
    }
    document
}

fn carry_out(service: &Service, (app, command): (u32, &str), body: &Bytes) -> Outcome {
    let body: Value = serde_json::from_slice(body).map_err(|_| codes::BAD_JSON)?;
    match command {
        "im_open_login_svc/account_import" => {
            service.table.import(&account(app, &body["UserID"])?);
            Ok(Value::Null)
        }
        "im_open_login_svc/multiaccount_import" => import_many(service, app, &body),
        "im_open_login_svc/account_check" => check(service, app, &body),
        "im_open_login_svc/kick" => {
            let name = account(app, &body["UserID"])?;
            service.table.kick_out(&name, unix_now())?;
            Ok(Value::Null)
        }
        "openim/query_online_status" => status(service, app, &body),
        APP_INFO => app_info(service, app, &body),
        _ => Err(codes::NO_SUCH_COMMAND),
    }
}

/// The days of the app, with all fields or with those that are named.
fn app_info(service: &Service, app: u32, body: &Value) -> Outcome {
    let fields = body.as_object().ok_or(codes::REST_PARAMETER)?;
    let wanted = match fields.get("RequestField") {
        None => None,
        Some(named) => {
            let names = list(named, APP_INFO_FIELDS)?.iter();
            let names = names.map(|name| name.as_str().map(str::to_owned));
            Some(
                names
                    .collect::<Option<Vec<_>>>()
                    .ok_or(codes::REST_PARAMETER)?,
            )
        }
    };
    let today = BeijingDay::today();
    let result = service.counts.books.result(app, today, wanted.as_deref());
    // Its document has this text where others have none.
    Ok(json!({"ErrorInfo": "OK", "Result": result}))
}

fn account(app: u32, user_id: &Value) -> Result<Name, Refusal> {
    let text = user_id.as_str().ok_or(codes::REST_PARAMETER)?;
    UserId::new(text).map_err(|_| codes::REST_PARAMETER)?;
    Ok(Name::new(app, text))
}

fn list(value: &Value, most: usize) -> Result<&[Value], Refusal> {
    let list = value.as_array().ok_or(codes::REST_PARAMETER)?;
    if list.is_empty() || list.len() > most {
        return Err(codes::REST_COUNT);
    }
    Ok(list)
}

/// `{"Accounts":["a"]}`, as it was documented first, or `{"AccountList":[{"UserID":"a"}]}`. Those that are no account stand in
/// the answer, and the others are imported.
fn import_many(service: &Service, app: u32, body: &Value) -> Outcome {
    let (items, key) = if body["AccountList"].is_null() {
        (&body["Accounts"], None)
    } else {
        (&body["AccountList"], Some("UserID"))
    };
    let mut failed = Vec::new();
    for item in list(items, IMPORT_IDS)? {
        let user_id = key.map_or(item, |key| &item[key]);
        match account(app, user_id) {
            Ok(name) => service.table.import(&name),
            Err(_) => failed.push(user_id.clone()),
        }
    }
    Ok(json!({ "FailAccounts": failed }))
}

fn check(service: &Service, app: u32, body: &Value) -> Outcome {
    let mut items = Vec::new();
    for item in list(&body["CheckItem"], CHECK_IDS)? {
        let name = account(app, &item["UserID"])?;
        let known = match service.table.online(&name) {
            Some(_) => "Imported",
            None => "NotImported",
        };
        items.push(json!({
            "UserID": name.text(), "ResultCode": 0, "ResultInfo": "", "AccountStatus": known,
        }));
    }
    Ok(json!({ "ResultItem": items }))
}

fn status(service: &Service, app: u32, body: &Value) -> Outcome {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for item in list(&body["To_Account"], STATUS_IDS)? {
        let name = account(app, item)?;
        match service.table.online(&name) {
            Some(Online::Yes) => found.push(json!({"To_Account": name.text(), "Status": "Online"})),
            Some(Online::No) => found.push(json!({"To_Account": name.text(), "Status": "Offline"})),
            None => unknown.push(json!({"To_Account": name.text(), "ErrorCode": 70107})),
        }
    }
    let mut document = json!({ "QueryResult": found });
    if !unknown.is_empty() {
        document["ErrorList"] = Value::Array(unknown);
    }
    Ok(document)
}
