//! A file's text, cut into what is sent as it stands and what is filled in.

use super::super::escape::Spot;
use super::super::template::{Field, Part, Template, parts};
use super::allowed::Allowed;
use trtc_base::config::{FaultKind, Value, nearest};

/// A compiled text on its way into a template.
#[derive(Debug, Default)]
pub(super) struct Pieces(pub(super) Vec<Piece>);

#[derive(Debug)]
pub(super) enum Piece {
    Literal(String),
    Value(Field, Spot),
}

impl Pieces {
    pub(super) fn put(&self, template: &mut Template) {
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => template.literal(text),
                Piece::Value(field, spot) => template.value(*field, *spot),
            }
        }
    }
}

/// Cuts the text of `value` into literals and known placeholders.
pub(super) fn compile(value: &Value<'_>, text: &str, spot: Spot, allowed: Allowed) -> Pieces {
    let mut pieces = Vec::new();
    for part in parts(text) {
        match part {
            Part::Literal(literal) => pieces.push(Piece::Literal(literal.to_owned())),
            Part::Named(name, at) => {
                if let Some(field) = named(value, name, at) {
                    check_place(value, (name, at), (field, spot), allowed);
                    pieces.push(Piece::Value(field, field.escaped_for(spot)));
                }
            }
        }
    }
    for miss in misspelt(text) {
        let what = format!(
            "`{}` is no placeholder, and would be sent as it is written",
            miss.shown
        );
        value.fault_inside(
            FaultKind::PlaceholderUnknown,
            miss.at,
            what,
            remedy_for(miss.name),
        );
    }
    Pieces(pieces)
}

/// The placeholder called `name`.
fn named(value: &Value<'_>, name: &str, at: usize) -> Option<Field> {
    let known = Field::NAMES.iter().find(|(known, _)| *known == name);
    if known.is_none() {
        let what = format!("`{{{name}}}` is not a known placeholder");
        value.fault_inside(FaultKind::PlaceholderUnknown, at, what, remedy_for(name));
    }
    known.map(|(_, field)| *field)
}

/// Tells when a placeholder has no value where it stands.
fn check_place(
    value: &Value<'_>,
    (name, at): (&str, usize),
    (field, spot): (Field, Spot),
    allowed: Allowed,
) {
    let misplaced = field.is_json_only() && spot != Spot::Json;
    let misplaced = misplaced.then_some("write it in a JSON body: it is JSON");
    let in_body = matches!(spot, Spot::Json | Spot::Form) && field.is_of_the_body();
    let misplaced = misplaced.or(in_body.then_some("write it in a header: it is made of the body"));
    if let Some(remedy) = allowed.refuses(field).or(misplaced) {
        value.fault_inside(
            FaultKind::PlaceholderElsewhere,
            at,
            format!("`{{{name}}}` has no value here"),
            remedy,
        );
    }
}

fn remedy_for(name: &str) -> String {
    let names = Field::NAMES.map(|(name, _)| name);
    let meant = meant(name)
        .map(|meant| format!("did you mean `{{{meant}}}`? "))
        .unwrap_or_default();
    format!(
        "{meant}Placeholders: {}; a brace that stands for itself is %7B or \\u007b",
        names.join(", ")
    )
}

fn meant(name: &str) -> Option<&'static str> {
    let joined = name.split_whitespace().collect::<Vec<_>>().join("_");
    nearest(&joined, Field::NAMES.map(|(name, _)| name))
}

/// What was meant as a placeholder and is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misspelt<'t> {
    /// As it is written.
    shown: &'t str,
    /// What stands between its braces.
    name: &'t str,
    /// The byte that it begins at.
    at: usize,
}

/// What looks like a placeholder and would be sent as it stands: `{user-id}`, `{ user_id }`, `{{user_id}}`, `{user_id`.
/// JSON's own braces are followed by a quote or another brace, so they look like none.
pub(super) fn misspelt(text: &str) -> Vec<Misspelt<'_>> {
    let opens = text.match_indices('{').map(|(at, _)| at);
    opens.filter_map(|at| misspelt_at(text, at)).collect()
}

fn misspelt_at(text: &str, at: usize) -> Option<Misspelt<'_>> {
    let after = &text[at + 1..];
    if let Some(inner) = after.strip_prefix('{') {
        // Another pair of braces around one that is right.
        let name = &inner[..inner.find('}')?];
        let is_known = Field::NAMES.iter().any(|(known, _)| *known == name);
        let doubled = is_known && inner[name.len()..].starts_with("}}");
        let shown = &text[at..at + name.len() + 4 * usize::from(doubled)];
        return doubled.then_some(Misspelt { shown, name, at });
    }
    let start = after.len() - after.trim_start().len();
    let word = &after[start..];
    let ends = |c: char| matches!(c, '{' | '}' | '"' | ',' | ':' | ';' | '&' | '/' | '\n');
    let end = word.find(ends).unwrap_or(word.len());
    let name = word[..end].trim_end();
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    let is_closed = word[end..].starts_with('}');
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_closed && is_plain && name.len() == end && start == 0 {
        // A placeholder by its form: known or not, it is looked at as one.
        return None;
    }
    let shown = &text[at..at + 1 + start + end + usize::from(is_closed)];
    (is_closed || meant(name).is_some()).then_some(Misspelt { shown, name, at })
}

/// Tells when `text`, which is compared or sent as it stands, has a placeholder.
pub(super) fn check_plain(value: &Value<'_>, text: &str) {
    for part in parts(text) {
        if let Part::Named(name, at) = part
            && Field::NAMES.iter().any(|(known, _)| *known == name)
        {
            value.fault_inside(
                FaultKind::PlaceholderElsewhere,
                at,
                format!("`{{{name}}}` is not filled in here"),
                "write the text itself: only a path, headers and a body are filled in",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_as_a_placeholder_is_told_from_braces_that_stand_for_themselves() {
        for (text, found) in [
            ("{user-id}", Some("{user-id}")),
            ("a={ user_id }", Some("{ user_id }")),
            ("{user id}", Some("{user id}")),
            ("{user_id }", Some("{user_id }")),
            ("{{user_id}}", Some("{{user_id}}")),
            ("{user.id}", Some("{user.id}")),
            ("{üser}", Some("{üser}")),
            ("Bearer {token", Some("{token")),
            ("{token, x", Some("{token")),
            ("{user_id:lower}", Some("{user_id")),
            ("{user_id\u{200b}}", Some("{user_id\u{200b}}")),
            ("{user_id}", None),
            ("{nope}", None),
            ("{\"a\":{\"b\":{sdk_app_id}}}", None),
            ("{\"user_ids\":{user_ids}}", None),
            ("{ \"a\": 1 }", None),
            ("{}{ }{{}}{{\"a\"", None),
            ("{0,number}", None),
            ("{word, and more", None),
            ("{", None),
        ] {
            let all = misspelt(text);
            assert_eq!(all.first().map(|miss| miss.shown), found, "{text}");
            assert!(all.len() <= 1, "{text}: {all:?}");
        }
    }
}
