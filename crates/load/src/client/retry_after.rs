//! How long a target asks to wait. Source: RFC 9110 section 10.2.3.

use jiff::fmt::rfc2822::DateTimeParser;

use trtc_base::units::{Micros, UnixSeconds};

/// Longer waits are as good as this one: no run is longer.
const LONGEST: u64 = 3_600;

const DATES: DateTimeParser = DateTimeParser::new();

/// The wait that `value` asks for at `now`: a number of seconds, or a date. None where it is neither.
pub(super) fn wait(value: &[u8], now: UnixSeconds) -> Option<Micros> {
    let text = std::str::from_utf8(value).ok()?;
    let seconds = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large to be read is a long wait too.
        text.parse().unwrap_or(if text.is_empty() {
            return None;
        } else {
            LONGEST
        })
    } else {
        let at = DATES.parse_timestamp(text).ok()?.as_second();
        u64::try_from(at).unwrap_or(0).saturating_sub(now.0)
    };
    Some(Micros::from_secs(seconds.min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_seconds_and_a_date_is_a_point_in_time() {
        // The date of RFC 9110 section 5.6.7, in seconds since 1970.
        let date = UnixSeconds(784_111_777);
        let before = UnixSeconds(date.0 - 90);
        for (value, now, expected) in [
            ("120", date, Some(120)),
            ("0", date, Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", before, Some(90)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", date, Some(0)),
            (
                "Sun, 06 Nov 1994 08:49:37 GMT",
                UnixSeconds(date.0 + 1),
                Some(0),
            ),
            ("99999999999999999999999", date, Some(3_600)),
            ("86400", date, Some(3_600)),
            ("", date, None),
            ("soon", date, None),
            ("-5", date, None),
            ("1.5", date, None),
        ] {
            let found = wait(value.as_bytes(), now);
            assert_eq!(found, expected.map(Micros::from_secs), "{value}");
        }
        assert_eq!(wait(&[0xff], date), None);
    }
}
