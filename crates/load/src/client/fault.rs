//! What an operating system's error means for a step: the target's fault, the network's, or this machine's.

use std::io;

use nix::errno::Errno;
use tokio_rustls::rustls;
use tokio_rustls::rustls::CertificateError;

use crate::session::{CertificateFault, Transport};

/// A connection that could not be made.
pub(super) fn of_connect(error: &io::Error) -> Transport {
    if is_ours(error) {
        Transport::Exhausted
    } else if error.kind() == io::ErrorKind::ConnectionRefused {
        Transport::ConnectRefused
    } else {
        Transport::ConnectFailed
    }
}

/// A TLS handshake that did not end well.
pub(super) fn of_handshake(error: &io::Error) -> Transport {
    if is_ours(error) {
        return Transport::Exhausted;
    }
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(why)) => Transport::Certificate(of(why)),
        Some(_) => Transport::Handshake,
        None => of_stream(error),
    }
}

/// Each has a remedy of its own: nothing that is named in `ca` helps a certificate that has expired.
const fn of(why: &CertificateError) -> CertificateFault {
    use CertificateError as Why;
    if matches!(why, Why::Expired | Why::ExpiredContext { .. }) {
        CertificateFault::Expired
    } else if matches!(why, Why::NotValidYet | Why::NotValidYetContext { .. }) {
        CertificateFault::NotYetValid
    } else if matches!(
        why,
        Why::NotValidForName | Why::NotValidForNameContext { .. }
    ) {
        CertificateFault::OtherHost
    } else if matches!(
        why,
        // One that another key signed in the name of somebody who is trusted, and a CA's own that is not.
        Why::UnknownIssuer | Why::BadSignature | Why::Other(_)
    ) {
        CertificateFault::Untrusted
    } else {
        CertificateFault::Unfit
    }
}

/// A connection that broke under an exchange or a push channel.
pub(super) fn of_stream(error: &io::Error) -> Transport {
    if is_ours(error) {
        Transport::Exhausted
    } else if error.kind() == io::ErrorKind::UnexpectedEof {
        Transport::Closed
    } else {
        Transport::Reset
    }
}

/// Whether the peer was already gone when we wrote: what it said before can still be read.
pub(super) fn is_peer_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}

/// Whether this machine ran out of something: descriptors of the process or the system, ports towards that address,
/// or socket memory.
fn is_ours(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error().map(Errno::from_raw),
        Some(Errno::EMFILE | Errno::ENFILE | Errno::EADDRNOTAVAIL | Errno::ENOBUFS | Errno::ENOMEM)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_never_the_targets_fault() {
        for errno in [
            Errno::EMFILE,
            Errno::ENFILE,
            Errno::EADDRNOTAVAIL,
            Errno::ENOBUFS,
            Errno::ENOMEM,
        ] {
            let error = io::Error::from_raw_os_error(errno as i32);
            assert_eq!(of_connect(&error), Transport::Exhausted, "{errno}");
            assert_eq!(of_stream(&error), Transport::Exhausted, "{errno}");
        }
    }

    #[test]
    fn what_the_target_or_the_network_does_is_told_apart() {
        for (errno, connect, stream) in [
            (
                Errno::ECONNREFUSED,
                Transport::ConnectRefused,
                Transport::Reset,
            ),
            (
                Errno::ECONNRESET,
                Transport::ConnectFailed,
                Transport::Reset,
            ),
            (Errno::ETIMEDOUT, Transport::ConnectFailed, Transport::Reset),
            (
                Errno::EHOSTUNREACH,
                Transport::ConnectFailed,
                Transport::Reset,
            ),
            (Errno::EPIPE, Transport::ConnectFailed, Transport::Reset),
        ] {
            let error = io::Error::from_raw_os_error(errno as i32);
            assert_eq!(of_connect(&error), connect, "{errno}");
            assert_eq!(of_stream(&error), stream, "{errno}");
        }
    }
}
