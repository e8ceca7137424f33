//! The bytes' way to the target: the one place that knows whether they are encrypted.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::client::TlsStream;

use crate::client::{Parting, Tls, TlsSessions, fault};
use crate::profile::Http;
use crate::session::{Departed, Transport};

/// HTTP/2 as a TLS handshake names it. Source: RFC 9113 section 3.2.
pub(super) const H2: &[u8] = b"h2";

/// A connected stream. One descriptor.
#[derive(Debug)]
pub(super) enum Stream {
    /// TCP without encryption.
    Plain(TcpStream),
    /// TLS over TCP. Dropped, it says `close_notify` as far as that leaves without waiting, unless it is cut by a reset.
    Tls(Box<TlsStream<TcpStream>>),
}

/// The port is chosen when it connects, so that one port serves towards several targets. Where the kernel does not know the
/// option, ports run out earlier.
#[cfg(target_os = "linux")]
fn choose_port_late(socket: &TcpSocket) {
    let option = nix::sys::socket::sockopt::IpBindAddressNoPort;
    let _ = nix::sys::socket::setsockopt(socket, option, &true);
}

#[cfg(not(target_os = "linux"))]
const fn choose_port_late(_: &TcpSocket) {}

impl Stream {
    /// Connects, from `source` where there is one, with small writes sent at once.
    pub(super) async fn connect(
        address: SocketAddr,
        source: Option<IpAddr>,
    ) -> io::Result<TcpStream> {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        if let Some(source) = source {
            choose_port_late(&socket);
            socket.bind((source, 0).into())?;
        }
        let tcp = socket.connect(address).await?;
        tcp.set_nodelay(true)?;
        Ok(tcp)
    }

    /// Shakes hands over a connection, as the device whose TLS sessions are in `tls_sessions`, for `http`.
    pub(super) async fn secure(
        tcp: TcpStream,
        tls: &Tls,
        tls_sessions: &TlsSessions,
        http: Http,
    ) -> Result<Self, Transport> {
        let connector = tls.connector(tls_sessions);
        let name = tls.name();
        let secured = match http {
            Http::One => connector.connect(name, tcp).await,
            Http::Two => {
                let offered = connector.with_alpn(vec![H2.into()]);
                offered.connect(name, tcp).await
            }
        };
        let secured = secured.map_err(|error| fault::of_handshake(&error))?;
        // A target that passes over the offer speaks something else.
        if http == Http::Two && secured.get_ref().1.alpn_protocol() != Some(H2) {
            return Err(Transport::Handshake);
        }
        Ok(Self::Tls(Box::new(secured)))
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        }
    }

    /// Waits until there is something to read. Does not wait under TLS, where that is only known by reading.
    pub(super) async fn readable(&self) -> io::Result<()> {
        match self {
            // Unlike `readable` this keeps its waker in a place of its own, not in a list.
            Self::Plain(tcp) => tcp.readable().await,
            Self::Tls(_) => Ok(()),
        }
    }

    /// Appends what can be read to `raw`, zero bytes at the end of the stream. Memory is taken only once bytes are
    /// there, up to `room` more than `raw` holds: a device that waits for its answer holds none.
    pub(super) async fn read_more(&mut self, raw: &mut Vec<u8>, room: usize) -> io::Result<usize> {
        self.readable().await?;
        raw.reserve(room.max(1));
        // Unlike `try_read_buf` this learns from a short read that nothing is left, which spares `is_quiet` a call.
        match self {
            Self::Plain(tcp) => tcp.read_buf(raw).await,
            Self::Tls(tls) => tls.read_buf(raw).await,
        }
    }

    /// Hands all of `bytes` to the kernel. Notes in `departed` when it has taken the first of them.
    pub(super) async fn write_all(
        &mut self,
        bytes: &[u8],
        departed: &mut Departed,
    ) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => write_noting(tcp, bytes, departed).await,
            Self::Tls(tls) => {
                write_noting(tls.as_mut(), bytes, departed).await?;
                tls.flush().await
            }
        }
    }

    /// Whether the peer has neither sent nor closed since the last answer. Takes a byte that should not be there, so
    /// a stream that is not quiet must not be used again. A TLS peer's session tickets are taken in, and are no answer.
    pub(super) fn is_quiet(&mut self) -> bool {
        let mut unexpected = [0; 1];
        match self {
            Self::Plain(tcp) => match tcp.try_read(&mut unexpected) {
                Err(error) => error.kind() == io::ErrorKind::WouldBlock,
                Ok(_) => false,
            },
            Self::Tls(tls) => tls.read(&mut unexpected).now_or_never().is_none(),
        }
    }

    /// Makes the drop that follows end it like this.
    pub(super) fn part(&self, parting: Parting) {
        match parting {
            Parting::Fin => {}
            // Where the option cannot be set the connection is closed with FIN, which is no worse than a drop.
            Parting::Reset => {
                let _ = self.tcp().set_zero_linger();
            }
        }
    }
}

async fn write_noting(
    stream: &mut (impl AsyncWrite + Unpin),
    mut bytes: &[u8],
    departed: &mut Departed,
) -> io::Result<()> {
    while !bytes.is_empty() {
        let taken = stream.write(bytes).await?;
        if taken == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        *departed = Departed::Yes;
        bytes = &bytes[taken..];
    }
    Ok(())
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Self::Tls(tls) = self {
            // A lost network says nothing before it is gone.
            let is_cut = tls.get_ref().0.linger().ok().flatten() == Some(Duration::ZERO);
            if !is_cut {
                // A peer that reads no more gets the FIN alone.
                let _ = tls.shutdown().now_or_never();
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
