//! What the routes share: the table, the counters, the orders, and the time that work takes.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use trtc_base::clock::{Clock, unix_now};
use trtc_base::units::Micros;
use trtc_wire::dialect::wire::{LoginAnswer, LoginRequest};

use super::authenticator::Authenticator;
use super::codes::Refusal;
use super::config::MockConfig;
use super::counts::Counts;
use super::faults::Faults;
use super::pushes::Pushes;
use super::session::Session;
use super::table::Table;

/// Everything that the routes share.
pub(super) struct Service {
    pub(super) clock: Clock,
    pub(super) table: Table,
    pub(super) counts: Arc<Counts>,
    authenticator: Authenticator,
    pub(super) faults: Faults,
    pub(super) pushes: Pushes,
    service_time: Micros,
    always: Option<i64>,
    pub(super) error_code: i64,
}

impl Service {
    /// A service as `config` wants it.
    pub(super) fn new(config: &MockConfig) -> Self {
        let clock = Clock::start();
        let counts = Arc::new(Counts::default());
        Self {
            clock,
            table: Table::new(config, clock, Arc::clone(&counts)),
            counts,
            authenticator: Authenticator::new(&config.apps),
            faults: Faults::new(config),
            pushes: config.pushes,
            service_time: config.service_time.into(),
            always: config.always,
            error_code: config.error_code,
        }
    }

    /// Works on a request for as long as a request takes.
    pub(super) async fn work(&self) {
        if self.service_time > Micros::ZERO {
            tokio::time::sleep(self.service_time.as_duration()).await;
        }
    }

    /// Waits until answers may be written again.
    pub(super) async fn hold_up(&self) {
        let wait = self.faults.held_up(self.clock.now());
        if wait > Micros::ZERO {
            tokio::time::sleep(wait.as_duration()).await;
        }
    }

    /// The session that the request's token names, alive or not.
    pub(super) fn bearer(&self, headers: &HeaderMap) -> Option<Arc<Session>> {
        let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let token = u64::from_str_radix(header.strip_prefix("Bearer ")?.trim(), 16).ok()?;
        self.table.bearer(token)
    }

    /// The app for which an administrator asks the server REST API.
    pub(super) fn admin(&self, parameters: &HashMap<String, String>) -> Result<u32, Refusal> {
        self.authenticator.admin(parameters, unix_now())
    }

    /// Logs in, if orders, ticket and limits let it.
    pub(super) fn log_in(&self, request: &LoginRequest) -> Result<LoginAnswer, Refusal> {
        if let Some(code) = self.always {
            return Err(Refusal::ordered(code));
        }
        let claim = self.authenticator.check(request, unix_now())?;
        let session = self.table.login(claim)?;
        Ok(LoginAnswer {
            code: 0,
            token: format!("{:016x}", session.token),
            user_id: session.account.text().into(),
        })
    }
}
