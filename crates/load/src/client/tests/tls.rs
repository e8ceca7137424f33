//! Encrypted connections against a rustls server on the same machine.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedKey, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{HandshakeKind, ServerConfig};

use super::{LIMIT, dial};
use crate::client::{Answer, Endpoint, Parting, Tls, TlsSessions};
use crate::profile::{Resumption, TlsSettings, Trust};
use crate::session::{CertificateFault, Phase, Phases, Transport};
use trtc_base::clock::Clock;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/// A server for `localhost` that answers every request, and counts its handshakes.
struct Server {
    endpoint: Endpoint,
    certificate: String,
    resumed: Arc<AtomicUsize>,
    orderly_ends: Arc<AtomicUsize>,
    cuts: Arc<AtomicUsize>,
}

async fn serve() -> Server {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    serve_as(&cert.pem(), &signing_key.serialize_pem()).await
}

/// A server with that certificate and that key, in PEM.
async fn serve_as(certificate: &str, key: &str) -> Server {
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (resumed, orderly_ends, cuts) = (Arc::default(), Arc::default(), Arc::default());
    let server = Server {
        endpoint: Endpoint::at(vec![address], "localhost".into()).unwrap(),
        certificate: certificate.to_owned(),
        resumed: Arc::clone(&resumed),
        orderly_ends: Arc::clone(&orderly_ends),
        cuts: Arc::clone(&cuts),
    };
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let Ok(mut tls) = acceptor.accept(tcp).await else {
                continue;
            };
            if tls.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed) {
                resumed.fetch_add(1, Ordering::SeqCst);
            }
            let (ends, cuts) = (orderly_ends.clone(), cuts.clone());
            tokio::spawn(async move {
                let mut seen = [0; 1024];
                while let Ok(read) = tls.read(&mut seen).await {
                    if read == 0 {
                        // Only a close_notify ends the stream without an error.
                        ends.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    let _ = tls.write_all(ANSWER).await;
                }
                cuts.fetch_add(1, Ordering::SeqCst);
            });
        }
    });
    server
}

impl Server {
    fn trusted(&self, ca: &Path, resumption: Resumption) -> Endpoint {
        std::fs::write(ca, &self.certificate).unwrap();
        let trust = Trust::File(ca.to_owned());
        self.with(&TlsSettings { trust, resumption }, "localhost")
    }

    fn with(&self, settings: &TlsSettings, name: &str) -> Endpoint {
        let tls = Tls::new(settings, name).unwrap();
        self.endpoint.clone().secured(Some(tls))
    }
}

async fn exchanged(endpoint: &Endpoint, tls_sessions: &TlsSessions) -> Result<Phases, Transport> {
    let (clock, mut phases, mut answer) = (Clock::start(), Phases::default(), Answer::new());
    let whole = async {
        let mut connection = dial(endpoint, tls_sessions, &clock)
            .open(&mut phases)
            .await?;
        for _ in 0..3 {
            // The server's session tickets may lie between two answers.
            assert!(connection.is_usable());
            let head = connection.exchange(REQUEST, &mut answer).await?;
            assert_eq!((head.status, answer.body()), (200, &b"hi"[..]));
        }
        Ok(())
    };
    timeout(LIMIT, whole).await.unwrap().map(|()| phases)
}

#[tokio::test]
async fn a_device_resumes_its_own_session_and_nobody_elses() {
    let (server, folder) = (serve().await, tempfile::tempdir().unwrap());
    let endpoint = server.trusted(&folder.path().join("ca.pem"), Resumption::On);
    let (own, other) = (TlsSessions::default(), TlsSessions::default());
    let resumed = || server.resumed.load(Ordering::SeqCst);
    exchanged(&endpoint, &own).await.unwrap();
    exchanged(&endpoint, &other).await.unwrap();
    assert_eq!(resumed(), 0, "each device's first handshake is a whole one");
    exchanged(&endpoint, &own).await.unwrap();
    exchanged(&endpoint, &own.clone()).await.unwrap();
    assert_eq!(resumed(), 2);
}

#[tokio::test]
async fn without_resumption_every_handshake_is_a_whole_one() {
    let (server, folder) = (serve().await, tempfile::tempdir().unwrap());
    let endpoint = server.trusted(&folder.path().join("ca.pem"), Resumption::Off);
    let tls_sessions = TlsSessions::default();
    for _ in 0..3 {
        exchanged(&endpoint, &tls_sessions).await.unwrap();
    }
    assert_eq!(server.resumed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_connection_is_timed_in_its_parts_and_ends_with_a_word() {
    let (server, folder) = (serve().await, tempfile::tempdir().unwrap());
    let endpoint = server.trusted(&folder.path().join("ca.pem"), Resumption::On);
    let phases = exchanged(&endpoint, &TlsSessions::default()).await.unwrap();
    let gone_through: Vec<Phase> = phases.iter().map(|(phase, _)| phase).collect();
    assert_eq!(gone_through, [Phase::Connect, Phase::Tls]);
    counted(&server.orderly_ends).await;
}

/// Waits until something was counted.
async fn counted(count: &AtomicUsize) {
    let counting = async {
        while count.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LIMIT, counting).await.expect("it was counted");
}

#[tokio::test]
async fn a_connection_that_is_cut_by_a_reset_ends_without_a_word() {
    let (server, folder) = (serve().await, tempfile::tempdir().unwrap());
    let endpoint = server.trusted(&folder.path().join("ca.pem"), Resumption::On);
    let (clock, tls_sessions, mut answer) = (Clock::start(), TlsSessions::default(), Answer::new());
    let dial = dial(&endpoint, &tls_sessions, &clock);
    let mut connection = dial.open(&mut Phases::default()).await.unwrap();
    connection.exchange(REQUEST, &mut answer).await.unwrap();
    connection.close(Parting::Reset);
    counted(&server.cuts).await;
    assert_eq!(server.orderly_ends.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_or_another_name_is_refused() {
    let (server, folder) = (serve().await, tempfile::tempdir().unwrap());
    let (other, ca) = (serve().await, folder.path().join("ca.pem"));
    let refused = |fault| Err(Transport::Certificate(fault));
    let _ = other.trusted(&ca, Resumption::On);
    let settings = TlsSettings {
        trust: Trust::File(ca.clone()),
        resumption: Resumption::On,
    };
    let unknown = server.with(&settings, "localhost");
    let came = exchanged(&unknown, &TlsSessions::default()).await;
    assert_eq!(came, refused(CertificateFault::Untrusted));
    let _ = server.trusted(&ca, Resumption::On);
    let misnamed = server.with(&settings, "gateway.example.org");
    let came = exchanged(&misnamed, &TlsSessions::default()).await;
    assert_eq!(came, refused(CertificateFault::OtherHost));
    let anybody = TlsSettings {
        trust: Trust::Nobody,
        resumption: Resumption::On,
    };
    let unchecked = server.with(&anybody, "gateway.example.org");
    assert!(exchanged(&unchecked, &TlsSessions::default()).await.is_ok());
}

/// A certificate of its own making that says of itself that it is a CA's, and its key.
fn of_a_ca(change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// What becomes of a connection to `host`, where the target's own certificate is named in `ca`.
async fn named((certificate, key): &(String, String), host: &str) -> Result<(), Transport> {
    let (server, folder) = (
        serve_as(certificate, key).await,
        tempfile::tempdir().unwrap(),
    );
    let ca = folder.path().join("ca.pem");
    let trusted = server.trusted(&ca, Resumption::On);
    let endpoint = match host {
        "localhost" => trusted,
        host => {
            let trust = Trust::File(ca);
            let resumption = Resumption::On;
            server.with(&TlsSettings { trust, resumption }, host)
        }
    };
    exchanged(&endpoint, &TlsSessions::default())
        .await
        .map(drop)
}

#[tokio::test]
async fn a_self_signed_certificate_that_is_named_is_trusted_also_as_a_cas_but_never_blindly() {
    let plain = of_a_ca(|_| {});
    assert_eq!(named(&plain, "localhost").await, Ok(()));
    let refused = |fault| Err(Transport::Certificate(fault));
    let other = named(&plain, "gateway.example.org").await;
    assert_eq!(other, refused(CertificateFault::OtherHost));
    let expired = of_a_ca(|params| params.not_after = rcgen::date_time_ymd(2020, 1, 1));
    let came = named(&expired, "localhost").await;
    assert_eq!(came, refused(CertificateFault::Expired));
    let early = of_a_ca(|params| params.not_before = rcgen::date_time_ymd(4000, 1, 1));
    let came = named(&early, "localhost").await;
    assert_eq!(came, refused(CertificateFault::NotYetValid));
    // One with the same name and host that is not the one in the file.
    let (server, folder) = (
        serve_as(&plain.0, &plain.1).await,
        tempfile::tempdir().unwrap(),
    );
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, of_a_ca(|_| {}).0).unwrap();
    let settings = TlsSettings {
        trust: Trust::File(ca),
        resumption: Resumption::On,
    };
    let twin = server.with(&settings, "localhost");
    let came = exchanged(&twin, &TlsSessions::default()).await.map(drop);
    assert_eq!(came, refused(CertificateFault::Untrusted));
}

#[tokio::test]
async fn a_certificate_for_clients_only_is_not_one_for_a_server() {
    let client = of_a_ca(|params| {
        params.is_ca = IsCa::NoCa;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let came = named(&client, "localhost").await;
    let unfit = Transport::Certificate(CertificateFault::Unfit);
    assert_eq!(came, Err(unfit));
}

/// What `openssl req -x509` with these arguments makes; none where there is no such program.
fn by_openssl(arguments: &[&str]) -> Option<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("openssl")
        .current_dir(folder.path())
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes"])
        .args(["-keyout", "key.pem", "-out", "cert.pem", "-days", "2"])
        .args(arguments)
        .output();
    let Ok(made) = made else {
        println!("SKIPPED: no openssl on this machine");
        return None;
    };
    assert!(made.status.success(), "{made:?}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    Some((read("cert.pem"), read("key.pem")))
}

#[tokio::test]
async fn what_openssl_makes_by_itself_is_trusted_where_it_is_named_with_and_without_alternative_names()
 {
    let other = Err(Transport::Certificate(CertificateFault::OtherHost));
    // Without a subjectAltName the common name is the host's.
    let Some(bare) = by_openssl(&["-subj", "/C=DE/O=team/CN=localhost"]) else {
        return;
    };
    assert_eq!(named(&bare, "localhost").await, Ok(()));
    assert_eq!(named(&bare, "127.0.0.1").await, other);
    let san = [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ];
    let Some(with_names) = by_openssl(&san) else {
        return;
    };
    assert_eq!(named(&with_names, "127.0.0.1").await, Ok(()));
    // Where there are alternative names the common name says nothing.
    assert_eq!(named(&with_names, "localhost").await, other);
}

#[tokio::test]
async fn a_target_that_speaks_no_tls_is_a_failed_handshake() {
    let (listener, plain) = super::listen().await;
    let settings = TlsSettings {
        trust: Trust::Nobody,
        resumption: Resumption::On,
    };
    let endpoint = plain.secured(Some(Tls::new(&settings, "localhost").unwrap()));
    let answering = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.write_all(ANSWER).await.unwrap();
        // Kept open: only what was said may end the handshake.
        let _ = tcp.read(&mut [0; 4096]).await;
        std::future::pending::<()>().await;
    };
    let tls_sessions = TlsSessions::default();
    let result = tokio::select! {
        result = exchanged(&endpoint, &tls_sessions) => result,
        () = answering => unreachable!("it answers for ever"),
    };
    assert_eq!(result, Err(Transport::Handshake));
}

/// Where the queue of connections that nobody has accepted is full, the kernel drops the first SYN and sends it again
/// after 1 s. That second is the target's, and stands in `connect`.
#[tokio::test]
async fn a_target_that_accepts_nothing_costs_a_second_of_connect() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = Endpoint::at(vec![address], address.to_string()).unwrap();
    let (clock, tls_sessions) = (Clock::start(), TlsSessions::default());
    // A backlog of 1 holds two; what comes after them waits.
    let mut queued = Vec::new();
    for _ in 0..2 {
        let mut quick = Phases::default();
        let opened = dial(&endpoint, &tls_sessions, &clock)
            .open(&mut quick)
            .await;
        queued.push(opened.unwrap());
    }
    let mut phases = Phases::default();
    let opening = dial(&endpoint, &tls_sessions, &clock).open(&mut phases);
    let accepting = async {
        // The first SYN has been dropped by then, and the second has not been sent.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        loop {
            let _ = listener.accept().await;
        }
    };
    let opened = tokio::select! {
        opened = timeout(LIMIT, opening) => opened.unwrap(),
        () = accepting => unreachable!("it accepts for ever"),
    };
    assert!(opened.is_ok());
    let took = phases.of(Phase::Connect).unwrap();
    // The kernel's own timer, RFC 6298: 1 s for the first retransmission.
    assert!((950_000..2_500_000).contains(&took.0), "{took}");
}
