//! Values found in JSON, and those that are not there.

use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c/~\"é]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[ab01/~]{0,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn as_found(value: Option<&Value>) -> Found<'_> {
    match value {
        None => Found::Nothing,
        Some(Value::String(text)) => Found::Text(text.as_str().into()),
        Some(Value::Bool(flag)) => Found::Flag(*flag),
        Some(Value::Number(number)) => {
            // Whole where its decimal form says so, whatever the form it was written in.
            let shown = number.as_f64().unwrap_or(f64::NAN);
            let whole = number.as_i64().or_else(|| {
                let near = shown.fract() == 0.0 && shown.abs() < EXACT;
                near.then(|| shown.to_string().parse().unwrap())
            });
            let text = number
                .as_u64()
                .map_or(shown.to_string(), |huge| huge.to_string());
            whole.map_or_else(|| Found::Number(text.into()), Found::Whole)
        }
        Some(Value::Null) => Found::Null,
        Some(Value::Array(_)) => Found::List,
        Some(Value::Object(_)) => Found::Object,
    }
}

proptest! {
    #[test]
    fn pointers_find_what_serde_json_finds(
        document in json(),
        pointers in prop::collection::vec("(/(a|b|0|1|01|~0|~1|ab|)){0,3}", 1..5),
    ) {
        let mut lookup = Lookup::default();
        let slots: Vec<_> = pointers.iter().map(|pointer| lookup.add(pointer)).collect();
        let text = document.to_string();
        let fields = lookup.read(text.as_bytes()).unwrap();
        let again: Value = serde_json::from_str(&text).unwrap();
        for (pointer, slot) in pointers.iter().zip(slots) {
            prop_assert_eq!(fields.at(slot), &as_found(again.pointer(pointer)), "{}", pointer);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut lookup = Lookup::default();
        lookup.add("/a/0");
        let is_json = serde_json::from_slice::<Value>(&body).is_ok();
        prop_assert!(lookup.read(&body).is_ok() || !is_json);
    }
}

#[test]
fn a_pointer_is_empty_or_begins_with_a_slash() {
    for (text, is) in [
        ("", true),
        ("/", true),
        ("/a~0~1", true),
        ("a", false),
        ("/a~", false),
        ("/~2", false),
    ] {
        assert_eq!(is_pointer(text), is, "{text:?}");
    }
}

#[test]
fn a_body_deeper_than_any_service_answers_is_refused_without_a_panic() {
    let mut lookup = Lookup::default();
    lookup.add(&"/0".repeat(500));
    assert_eq!(lookup.read("[".repeat(100_000).as_bytes()), Err(NotJson));
}

#[test]
fn a_key_that_stands_twice_counts_the_last_time() {
    let mut lookup = Lookup::default();
    let (whole, inner, first) = (lookup.add("/a"), lookup.add("/a/b"), lookup.add("/a/0"));
    for (body, expected) in [
        (
            &b"{\"a\":{\"b\":1},\"a\":2}"[..],
            [Found::Whole(2), Found::Nothing, Found::Nothing],
        ),
        (
            b"{\"a\":[true],\"a\":{\"b\":3}}",
            [Found::Object, Found::Whole(3), Found::Nothing],
        ),
        (
            b"{\"a\":2,\"a\":[4]}",
            [Found::List, Found::Nothing, Found::Whole(4)],
        ),
    ] {
        let fields = lookup.read(body).unwrap();
        let found = [whole, inner, first].map(|slot| fields.at(slot).clone());
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn a_number_is_whole_however_it_is_written() {
    let mut lookup = Lookup::default();
    let slot = lookup.add("");
    for (body, found) in [
        ("0", Found::Whole(0)),
        ("-0", Found::Whole(0)),
        ("0e0", Found::Whole(0)),
        ("0.0", Found::Whole(0)),
        ("-0.0E+3", Found::Whole(0)),
        ("7.0001e4", Found::Whole(70_001)),
        ("70001.5", Found::Number("70001.5".into())),
        ("9223372036854775807", Found::Whole(i64::MAX)),
        (
            "9223372036854775808",
            Found::Number("9223372036854775808".into()),
        ),
        ("1e16", Found::Number("10000000000000000".into())),
    ] {
        assert_eq!(
            lookup.read(body.as_bytes()).unwrap().at(slot),
            &found,
            "{body}"
        );
    }
}

#[test]
fn bad_utf_8_and_half_a_surrogate_pair_are_judged_alike_wherever_they_stand() {
    let mut lookup = Lookup::default();
    let slot = lookup.add("/a");
    for (template, read) in [
        ("{\"a\":\"x?y\"}", Some("x\u{fffd}y")),
        ("{\"b\":\"x?y\",\"a\":\"z\"}", Some("z")),
        ("{\"x?y\":1,\"a\":\"z\"}", Some("z")),
        ("{\"b\":[{\"x?y\":1}],\"a\":\"z\"}", Some("z")),
    ] {
        for half in ["\\ud83d", "\\uDE00", "\\uDE00\\uD83D", "\\ud83dx"] {
            let body = template.replace('?', half);
            let fields = lookup.read(body.as_bytes()).unwrap();
            let text = fields.at(slot).text().unwrap().into_owned();
            let plain = text
                .replace("\u{fffd}\u{fffd}", "\u{fffd}")
                .replace("\u{fffd}x", "\u{fffd}");
            assert_eq!(Some(&*plain), read, "{body}");
        }
        let body: Vec<u8> = template
            .bytes()
            .map(|b| if b == b'?' { 0xff } else { b })
            .collect();
        assert_eq!(lookup.read(&body), Err(NotJson), "{template}");
    }
}

#[test]
fn two_texts_in_one_body_are_not_one_json_text() {
    let mut lookup = Lookup::default();
    lookup.add("/a");
    assert_eq!(lookup.read(b"{\"a\":1} {\"a\":2}"), Err(NotJson));
}
