//! A way to the mock that counts the requests which pass it, by their paths, and makes some of them slow: the count of
//! somebody who knows neither the program nor the mock.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// How many bytes are passed on at once.
const PIECE: usize = 16 * 1024;

/// Requests by method and path, without what follows a question mark.
pub(crate) type Counted = BTreeMap<String, u64>;

/// Which requests are slow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slow {
    /// Every so many-th of a path.
    pub(crate) every: u64,
    /// How long it lies before it is passed on.
    pub(crate) by: Duration,
}

/// A counter before a service. It ends when this is dropped.
pub(crate) struct Counter {
    address: SocketAddr,
    counted: Arc<Mutex<Counted>>,
    runtime: Option<Runtime>,
}

impl Counter {
    /// Counts what goes to `service`, as `host:port`.
    pub(crate) fn before(service: &str, slow: Option<Slow>) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let service: SocketAddr = service.parse().expect("an address");
        let counted = Arc::new(Mutex::new(Counted::new()));
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let counts = counted.clone();
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let counts = counts.clone();
                // A connection that breaks ends its two directions, and nothing else.
                tokio::spawn(async move {
                    let _ = pass(client, service, &counts, slow).await;
                });
            }
        });
        Self {
            address,
            counted,
            runtime: Some(runtime),
        }
    }

    /// Its address, as `--target` takes it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was counted so far.
    pub(crate) fn counted(&self) -> Counted {
        self.counted.lock().clone()
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn pass(
    client: TcpStream,
    service: SocketAddr,
    counted: &Mutex<Counted>,
    slow: Option<Slow>,
) -> io::Result<()> {
    let server = TcpStream::connect(service).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let requests = async {
        let mut reader = Requests::default();
        let mut piece = vec![0; PIECE];
        loop {
            let read = from_client.read(&mut piece).await?;
            if read == 0 {
                return to_server.shutdown().await;
            }
            for path in reader.take(&piece[..read]) {
                let nth = {
                    let mut counted = counted.lock();
                    let count = counted.entry(path).or_default();
                    *count += 1;
                    *count
                };
                if let Some(slow) = slow.filter(|slow| nth % slow.every == 0) {
                    tokio::time::sleep(slow.by).await;
                }
            }
            to_server.write_all(&piece[..read]).await?;
        }
    };
    let answers = async {
        tokio::io::copy(&mut from_server, &mut to_client).await?;
        to_client.shutdown().await
    };
    tokio::try_join!(requests, answers).map(|_| ())
}

/// Finds where requests begin in what a client sends.
#[derive(Default)]
struct Requests {
    head: Vec<u8>,
    /// Bytes of a body that are still to come.
    body: usize,
    /// Whether the connection has become something else.
    is_upgraded: bool,
}

impl Requests {
    /// The paths of the requests whose heads `bytes` complete.
    fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for &byte in bytes {
            if self.is_upgraded {
                break;
            }
            if self.body > 0 {
                self.body -= 1;
                continue;
            }
            self.head.push(byte);
            if self.head.ends_with(b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.head).to_ascii_lowercase();
                let original = String::from_utf8_lossy(&self.head).into_owned();
                let line = original.lines().next().unwrap_or_default();
                let path = line.split(['?']).next().unwrap_or_default();
                let mut words = path.split(' ');
                let (method, path) = (words.next(), words.next());
                found.push(format!(
                    "{} {}",
                    method.unwrap_or_default(),
                    path.unwrap_or_default()
                ));
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length:"));
                self.body = length
                    .and_then(|text| text.trim().parse().ok())
                    .unwrap_or(0);
                self.is_upgraded = head.contains("upgrade: websocket");
                self.head.clear();
            }
        }
        found
    }
}
