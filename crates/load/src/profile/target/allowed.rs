//! Which hosts a run may load. Pure: names are looked up elsewhere.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

/// Hosts that are not loopback and may be loaded all the same.
///
/// A name must stand here as a name, an address as itself or in a block. Where addresses or blocks stand here too, a name
/// may stand for those only; otherwise it may stand for any address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts {
    names: Vec<String>,
    blocks: Vec<IpNet>,
}

impl AllowedHosts {
    /// Adds a name, an address or a block such as `10.0.0.0/8`.
    ///
    /// # Errors
    /// Where it is none of them.
    pub fn add(&mut self, entry: &str) -> Result<(), NoHost> {
        if let Some(block) = block(entry) {
            self.blocks.push(block);
            return Ok(());
        }
        let name = entry.strip_suffix('.').unwrap_or(entry);
        let is_named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        // What looks like an address and is none would be looked up as a name, and mean an address to some.
        let is_number = name.chars().all(|c| c.is_ascii_digit() || c == '.');
        if name.is_empty() || is_number || !name.chars().all(is_named) {
            return Err(NoHost);
        }
        self.names.push(name.to_ascii_lowercase());
        Ok(())
    }

    /// Whether `host`, as it is written in an address, may be loaded, before anybody looks it up.
    #[must_use]
    pub fn allows(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        match host.parse::<IpAddr>() {
            Ok(address) => self.has(address),
            Err(_) => {
                is_localhost(host)
                    || self
                        .names
                        .iter()
                        .any(|name| name.eq_ignore_ascii_case(host))
            }
        }
    }

    /// Whether `host`, which was looked up, may be loaded at all of `addresses`.
    #[must_use]
    pub fn allows_at(&self, host: &str, addresses: &[IpAddr]) -> bool {
        let is_here = |address: &IpAddr| is_loopback(*address);
        if addresses.iter().all(is_here) {
            return true;
        }
        // A name that stands for this machine and for another is one whose meaning changes.
        if addresses.iter().any(is_here) || is_localhost(host) || !self.allows(host) {
            return false;
        }
        self.blocks.is_empty() || addresses.iter().all(|&address| self.has(address))
    }

    /// Whether `address` may be loaded by a name that is allowed.
    #[must_use]
    pub fn covers(&self, address: IpAddr) -> bool {
        self.blocks.is_empty() || self.has(address)
    }

    /// The entries as they are written.
    pub fn entries(&self) -> impl Iterator<Item = String> + '_ {
        let blocks = self.blocks.iter().map(IpNet::to_string);
        self.names.iter().cloned().chain(blocks)
    }

    fn has(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        is_loopback(address) || self.blocks.iter().any(|block| block.contains(&canonical))
    }
}

/// Whether an address is this machine's own, also where it is an IPv4 address that is written as an IPv6 one.
#[must_use]
pub const fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Whether a name means this machine by its definition. Source: RFC 6761 section 6.3.
pub(crate) fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or(host);
    last.eq_ignore_ascii_case("localhost")
}

fn block(entry: &str) -> Option<IpNet> {
    let alone = entry.parse::<IpAddr>().ok();
    let bracketed = entry
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']')?.parse().ok());
    match alone.or(bracketed) {
        Some(address) => Some(IpNet::from(address.to_canonical())),
        None => entry.parse::<IpNet>().ok().map(|block| block.trunc()),
    }
}

/// An entry that is no host, no address and no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoHost;

impl fmt::Display for NoHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is no host name, address or block")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(entries: &[&str]) -> AllowedHosts {
        let mut allowed = AllowedHosts::default();
        for entry in entries {
            allowed.add(entry).unwrap();
        }
        allowed
    }

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn what_is_written_must_be_listed_as_what_it_is() {
        let listed = allowed(&[
            "api.example.com",
            "10.0.0.0/8",
            "203.0.113.7",
            "2001:db8::/32",
        ]);
        for host in [
            "api.example.com",
            "API.Example.com.",
            "10.255.0.1",
            "203.0.113.7",
            "::ffff:10.1.2.3",
            "2001:db8::1",
            "127.0.0.1",
            "127.8.8.8",
            "::1",
            "::ffff:127.0.0.1",
            "localhost",
            "LOCALHOST.",
            "app.localhost",
        ] {
            assert!(listed.allows(host), "{host}");
        }
        for host in [
            "example.com",
            "evil.api.example.com",
            "api.example.com.evil.org",
            "11.0.0.1",
            "203.0.113.8",
            "::ffff:11.0.0.1",
            "0.0.0.0",
            "::",
            // Names to us, addresses to some resolvers: 127.0.0.1 and 192.0.2.1.
            "2130706433",
            "0xc0000201",
            "localhost.example.org",
        ] {
            assert!(!listed.allows(host), "{host}");
        }
    }

    #[test]
    fn a_name_may_stand_for_the_listed_blocks_only_and_for_one_side_of_this_machine() {
        let (named, pinned) = (
            allowed(&["api.example.com"]),
            allowed(&["api.example.com", "203.0.113.0/24"]),
        );
        let (inside, outside) = (addresses(&["203.0.113.7"]), addresses(&["198.51.100.7"]));
        assert!(named.allows_at("api.example.com", &outside));
        assert!(pinned.allows_at("api.example.com", &inside));
        assert!(!pinned.allows_at("api.example.com", &outside));
        let both = addresses(&["203.0.113.7", "198.51.100.7"]);
        assert!(!pinned.allows_at("api.example.com", &both));
        // Elsewhere than a name can mean.
        assert!(!named.allows_at("localhost", &outside));
        assert!(!named.allows_at("other.example.com", &outside));
        let mixed = addresses(&["127.0.0.1", "198.51.100.7"]);
        assert!(!named.allows_at("api.example.com", &mixed));
        // This machine by another name costs nobody anything.
        assert!(named.allows_at("dev.example.com", &addresses(&["127.0.0.1", "::1"])));
    }

    #[test]
    fn an_entry_is_a_name_an_address_or_a_block_and_is_written_back_as_one() {
        for entry in [
            "",
            "http://a",
            "a b",
            "10.0.0.0/33",
            "300.0.0.1",
            "a/8",
            "*.example.com",
        ] {
            assert_eq!(AllowedHosts::default().add(entry), Err(NoHost), "{entry}");
        }
        let listed = allowed(&["A.example.", "10.1.2.3/8", "[::1]", "203.0.113.7"]);
        let written: Vec<_> = listed.entries().collect();
        assert_eq!(
            written,
            ["a.example", "10.0.0.0/8", "::1/128", "203.0.113.7/32"]
        );
    }
}
