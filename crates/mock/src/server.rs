//! A mock that listens: bound first, so that its address can be told, and served until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use tokio_util::sync::CancellationToken;

use trtc_base::error::{Exit, Explain};

use super::config::{ConfigFault, MockConfig};
use super::line::{Knife, Lines};
use super::routes::routes;
use super::service::Service;

/// The longest pause between two looks for silent devices.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The shortest such pause.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);

/// A mock that is bound to its address.
pub struct Mock {
    lines: Lines,
    address: SocketAddr,
    service: Arc<Service>,
    sweep_every: Duration,
}

/// Why a mock cannot serve.
#[derive(Debug)]
pub enum MockFault {
    /// Its configuration is wrong.
    Config(Vec<ConfigFault>),
    /// It cannot listen.
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        reason: io::Error,
    },
}

impl Mock {
    /// Checks `config` and listens. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// A configuration that is wrong, or an address that cannot be had.
    pub fn bind(config: &MockConfig) -> Result<Self, MockFault> {
        config.check().map_err(MockFault::Config)?;
        let cannot = |reason| MockFault::Listen {
            address: config.listen,
            reason,
        };
        let lines = Lines::bind(config.listen).map_err(cannot)?;
        Ok(Self {
            address: lines.address().map_err(cannot)?,
            lines,
            service: Arc::new(Service::new(config)),
            sweep_every: (config.heartbeat_limit / 8).clamp(SHORTEST_PAUSE, LONGEST_PAUSE),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`. Then every connection ends with its process or its runtime.
    pub async fn serve(self, stop: CancellationToken) {
        let app = routes(Arc::clone(&self.service)).into_make_service_with_connect_info::<Knife>();
        let serve = axum::serve(self.lines, app).into_future();
        tokio::select! {
            // Serving ends by itself only when its listener does, which never gives up.
            _ = serve => {}
            () = sweep(&self.service, self.sweep_every) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn sweep(service: &Service, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        service.table.sweep();
    }
}

impl fmt::Display for MockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(faults) => {
                for (position, fault) in faults.iter().enumerate() {
                    let between = if position == 0 { "" } else { "; " };
                    write!(f, "{between}{fault}")?;
                }
                Ok(())
            }
            Self::Listen { reason, .. } => write!(f, "it cannot listen there: {reason}"),
        }
    }
}

impl Explain for MockFault {
    fn place(&self) -> String {
        match self {
            Self::Config(faults) => faults.first().map_or_else(|| "mock".into(), Explain::place),
            Self::Listen { address, .. } => format!("mock: {address}"),
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::Config(faults) => {
                let remedies: Vec<_> = faults.iter().map(Explain::remedy).collect();
                remedies.join("; ")
            }
            Self::Listen { .. } => "choose another port, or port 0 for any free one".into(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Config(_) => Exit::BadInput,
            Self::Listen { .. } => Exit::CouldNotRun,
        }
    }
}
