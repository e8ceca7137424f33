//! The bytes' way to the target: the one place that knows whether they are encrypted.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;

/// A connected stream. One descriptor.
#[derive(Debug)]
pub(super) enum Stream {
    /// TCP without encryption.
    Plain(TcpStream),
}

impl Stream {
    /// Connects, with small writes sent at once.
    pub(super) async fn connect(address: SocketAddr) -> io::Result<Self> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        Ok(Self::Plain(tcp))
    }

    /// Appends what can be read to `raw`, zero bytes at the end of the stream. Memory is taken only once bytes are
    /// there, up to `room` more than `raw` holds: a device that waits for its answer holds none.
    pub(super) async fn read_more(&self, raw: &mut Vec<u8>, room: usize) -> io::Result<usize> {
        let Self::Plain(tcp) = self;
        loop {
            tcp.readable().await?;
            raw.reserve(room.max(1));
            match tcp.try_read_buf(raw) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }

    /// Hands all of `bytes` to the kernel.
    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Self::Plain(tcp) = self;
        tcp.write_all(bytes).await
    }

    /// Whether the peer has neither sent nor closed since the last answer. Takes a byte that should not be there, so
    /// a stream that is not quiet must not be used again.
    pub(super) fn is_quiet(&self) -> bool {
        let Self::Plain(tcp) = self;
        let mut unexpected = [0; 1];
        match tcp.try_read(&mut unexpected) {
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
            Ok(_) => false,
        }
    }

    /// Makes the drop that follows send RST instead of FIN.
    pub(super) fn reset_on_drop(&self) -> io::Result<()> {
        let Self::Plain(tcp) = self;
        tcp.set_zero_linger()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self::Plain(tcp) = self.get_mut();
        Pin::new(tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self::Plain(tcp) = self.get_mut();
        Pin::new(tcp).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self::Plain(tcp) = self.get_mut();
        Pin::new(tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self::Plain(tcp) = self.get_mut();
        Pin::new(tcp).poll_shutdown(cx)
    }
}
