//! What is taken out of what a target says.

use proptest::prelude::*;

use super::*;
use trtc_wire::dialect::CallbackValues;

const TOKEN: &str = "access_token_1f0c9a27be4430d1";
const SIG: &str = "q7Lz0HfX-3mVbT*9dRkE2sPwN8aYcU5gJ1oMiB6v";

fn values() -> Values<'static> {
    Values {
        user_id: "load_0001",
        user_sig: SIG,
        admin_sig: "Adm1nSigAdm1nSigAdm1nSig",
        token: TOKEN,
        password: "t0p",
        callback: CallbackValues {
            signature: "&Sign=0a1b2c3d4e5f60718293a4b5&RequestTime=1700000000",
            ..CallbackValues::default()
        },
        ..Values::default()
    }
}

fn code(text: &str) -> String {
    let refused = Reply::Refused {
        status: 401,
        code: Some(Code::Name(text.into())),
        retry_after: None,
    };
    let Reply::Refused {
        code: Some(Code::Name(name)),
        ..
    } = redacted(refused, &values())
    else {
        unreachable!("a refusal stays one, with its code");
    };
    name.into()
}

fn account(named: &str) -> String {
    let taken = Taken {
        user_id: Some(named.into()),
        token: Some("the-next-token-77".into()),
        ..Taken::default()
    };
    let Reply::Success(taken) = redacted(Reply::Success(taken), &values()) else {
        unreachable!("a success stays one");
    };
    taken.user_id.unwrap().into()
}

#[test]
fn a_code_that_repeats_a_secret_of_its_request_is_shown_without_it() {
    for (text, shown) in [
        (
            format!("bad token Bearer {TOKEN}"),
            "bad token Bearer [redacted]",
        ),
        (format!("{SIG}, {SIG}"), "[redacted], [redacted]"),
        (
            "who is Adm1nSigAdm1nSigAdm1nSig?".into(),
            "who is [redacted]?",
        ),
        (
            "no Sign 0a1b2c3d4e5f60718293a4b5".into(),
            "no Sign [redacted]",
        ),
        ("wrong password t0p".into(), "wrong password [redacted]"),
        // A part that the target cut out, in the middle or at its end.
        (
            format!("token ..{}..", &TOKEN[15..]),
            "token ..[redacted]..",
        ),
        (format!("token {}", &SIG[..12]), "token [redacted]"),
    ] {
        assert_eq!(code(&text), shown, "{text}");
    }
}

#[test]
fn a_code_that_was_cut_ends_without_the_first_part_of_a_secret() {
    let long = "the session of this device was refused because of its ";
    for kept in [8, 9, 10] {
        let cut = format!("{long}{}", &SIG[..kept]);
        assert_eq!(code(&cut), format!("{long}[redacted]"), "{cut}");
    }
}

fn base32(text: &str) -> String {
    let bits: String = text.bytes().map(|byte| format!("{byte:08b}")).collect();
    let digit = |five: &[u8]| {
        let value = five
            .iter()
            .fold(0, |sum, bit| 2 * sum + usize::from(bit - b'0'));
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[value << (5 - five.len())])
    };
    bits.as_bytes().chunks(5).map(digit).collect()
}

/// A text in the encodings that a target may repeat it in.
fn disguised(text: &str) -> Vec<String> {
    use base64::Engine;
    use base64::engine::general_purpose as sixty_four;
    let each = |show: fn(u8) -> String| text.bytes().map(show).collect::<String>();
    vec![
        sixty_four::STANDARD.encode(text),
        sixty_four::STANDARD_NO_PAD.encode(text),
        sixty_four::URL_SAFE.encode(text),
        sixty_four::URL_SAFE_NO_PAD.encode(text),
        base32(text),
        base32(text).to_lowercase(),
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("{byte:02X}")),
        each(|byte| format!("%{byte:02X}")),
        each(|byte| format!("\\u00{byte:02x}")),
        each(|byte| format!("&#{byte};")),
        text.chars().rev().collect(),
        text.to_uppercase(),
    ]
}

#[test]
fn a_secret_is_shown_in_no_common_encoding_and_no_half_of_it() {
    let (first, second) = TOKEN.split_at(TOKEN.len() / 2);
    for part in [TOKEN, SIG, first, second] {
        for bare in ["", "x", "ab"] {
            for form in disguised(&format!("{bare}{part}")) {
                // As much as a code keeps of it, in lower case and without what hides it.
                let text: String = form.chars().take(200).collect();
                let shown = code(&text).to_lowercase();
                let text = text.to_lowercase();
                let left = text.as_bytes().windows(PART).filter(|window| {
                    let window = std::str::from_utf8(window).unwrap_or("\u{fffd}");
                    window.bytes().any(|byte| byte.is_ascii_digit()) && shown.contains(window)
                });
                assert_eq!(left.count(), 0, "{shown} of {form}");
            }
        }
    }
}

#[test]
fn a_run_of_digits_and_letters_by_chance_is_taken_for_a_token() {
    for (text, shown) in [
        (
            "no session 9f8c1d2e7b6a5f4e3d2c1b0a!",
            "no session [redacted]!",
        ),
        (
            "M_USER_DEACTIVATED_SINCE_2024_11_30_BY_ADMIN",
            "M_USER_DEACTIVATED_SINCE_2024_11_30_BY_ADMIN",
        ),
        (
            "ERR-2024-11-30-LOGIN-REFUSED-BY-POLICY",
            "ERR-2024-11-30-LOGIN-REFUSED-BY-POLICY",
        ),
    ] {
        assert_eq!(code(text), shown);
    }
}

#[test]
fn what_a_target_may_say_stays_as_it_is() {
    for text in [
        "M_UNKNOWN_TOKEN",
        "access_token_expired",
        "access_token_",
        "t0pic is closed",
        "at0p",
        "E1400000001",
        "ü",
    ] {
        assert_eq!(code(text), text);
    }
    let success = Reply::Success(Taken {
        token: Some(TOKEN.into()),
        user_id: Some("load_0001".into()),
        ..Taken::default()
    });
    assert_eq!(redacted(success.clone(), &values()), success);
}

#[test]
fn what_another_request_may_have_sent_is_known_by_its_looks() {
    let sig = "eJwtzNEKgkAQheFX2XcwZeqE7oItYvCzNQ2llQ";
    assert_eq!(code(&format!("kicked by {sig}")), "kicked by [redacted]");
}

#[test]
fn an_account_that_is_a_secret_is_not_named() {
    assert_eq!(account(SIG), "[redacted]");
    assert_eq!(account("the-next-token-77"), "[redacted]");
    assert_eq!(account("LOAD_0001"), "LOAD_0001");
    assert_eq!(account("load_0002"), "load_0002");
}

#[test]
fn a_story_names_a_user_id_and_no_other_text() {
    for (named, shown) in [
        (None, "nobody"),
        (Some("load_0002"), "load_0002"),
        (Some("[redacted]"), "[redacted]"),
        (Some("a.b"), "what is no UserID (3 bytes)"),
        (Some(""), "what is no UserID (0 bytes)"),
    ] {
        assert_eq!(shown_account(named), shown);
    }
    let long = "x".repeat(33);
    assert_eq!(shown_account(Some(&long)), "what is no UserID (33 bytes)");
}

proptest! {
    #[test]
    fn wherever_a_secret_stands_none_of_it_is_left(
        before in "[ -~ü张]{0,70}",
        after in "[ -~ü张]{0,70}",
        cut in 0_usize..150,
    ) {
        let whole = format!("{before}{SIG}{after}");
        let text = &whole[..whole.floor_char_boundary(cut)];
        let shown = code(text);
        prop_assert!(!shown.contains(SIG));
        if text.len() >= MAY_BE_CUT {
            prop_assert!(!shown.contains(&SIG[..PART]), "{} of {}", shown, text);
        }
    }
}
