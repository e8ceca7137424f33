//! Writes a login log of one month: `rows ROWS ACCOUNTS`, to standard output, the same for the same numbers.
//!
//! Rows go forward in time, evenly over December 2026; each is of an account drawn evenly, with an id of nine characters.
//! Built by `benches/log.sh`.

use std::io::{BufWriter, Write};

/// Seconds of December.
const MONTH: u64 = 31 * 86_400;

/// The next of a sequence of well mixed numbers (splitmix64).
fn mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn main() -> std::io::Result<()> {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [rows, accounts] = numbers[..] else {
        eprintln!("usage: rows ROWS ACCOUNTS");
        std::process::exit(2);
    };
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    out.write_all(b"user_id,time\n")?;
    let (mut state, mut second, mut stamp) = (1, u64::MAX, String::new());
    for row in 0..rows {
        let at = row * MONTH / rows;
        if at != second {
            second = at;
            let (day, hour, minute) = (at / 86_400 + 1, at / 3_600 % 24, at / 60 % 60);
            stamp = format!(",2026-12-{day:02}T{hour:02}:{minute:02}:{:02}Z\n", at % 60);
        }
        let mut id = *b"u00000000";
        let mut left = mix(&mut state) % accounts;
        for digit in id[1..].iter_mut().rev() {
            *digit = b'0' + (left % 10) as u8;
            left /= 10;
        }
        out.write_all(&id)?;
        out.write_all(stamp.as_bytes())?;
    }
    out.flush()
}
