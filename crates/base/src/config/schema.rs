//! The JSON Schema of a file, from the declarations of its keys.
//!
//! In: a [`Section`]. Out: a schema of draft 2020-12, which editors check TOML files with. Never here: what a schema cannot
//! say, such as what two keys mean together; that is said by the reader.

use serde_json::{Map, Value as Json, json};

use super::reference::sentence;
use super::{About, Absent, Form, Section};

/// The schema of a file whose outermost table is `section`.
#[must_use]
pub fn schema(title: &str, section: &Section) -> Json {
    let mut schema = table(section);
    schema.insert("title".into(), title.into());
    let draft = "https://json-schema.org/draft/2020-12/schema";
    schema.insert("$schema".into(), draft.into());
    Json::Object(schema)
}

fn table(section: &Section) -> Map<String, Json> {
    let mut properties = Map::new();
    for about in section.keys() {
        let _ = properties.insert(about.name.to_owned(), key(about));
    }
    let needed = |about: &&About| matches!(about.absent, Absent::Fault(_));
    let needed: Vec<_> = section
        .keys()
        .filter(needed)
        .map(|about| about.name)
        .collect();
    let mut table = Map::new();
    table.insert("type".into(), "object".into());
    table.insert("description".into(), section.says.trim().into());
    table.insert("properties".into(), Json::Object(properties));
    if !needed.is_empty() {
        table.insert("required".into(), needed.into());
    }
    table.insert("additionalProperties".into(), false.into());
    table
}

fn key(about: &About) -> Json {
    let mut key = form(&about.form);
    let mut says = about.says.trim().to_owned();
    if let Form::Span(..) = about.form {
        says = format!("{says} {}.", sentence(&about.form.words().replace('`', "")));
    }
    match about.absent {
        Absent::Fault(_) => {}
        Absent::Value(literal) => {
            if let Some(usual) = literal_as_json(literal) {
                key.insert("default".into(), usual);
            }
        }
        Absent::Words(words) => says = format!("{says} Left out: {words}."),
    }
    key.insert("description".into(), says.into());
    Json::Object(key)
}

/// A value of a TOML file as JSON has it.
fn literal_as_json(literal: &str) -> Option<Json> {
    let document: toml::Table = toml::from_str(&format!("x = {literal}")).ok()?;
    serde_json::to_value(document.get("x")?).ok()
}

fn object(json: &Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap_or_default()
}

fn form(form_of: &Form) -> Map<String, Json> {
    match form_of {
        Form::Flag => object(&json!({ "type": "boolean" })),
        Form::Text => object(&json!({ "type": "string", "minLength": 1 })),
        Form::AnyText => object(&json!({ "type": "string" })),
        Form::Word => object(&json!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,40}$" })),
        Form::Like(pattern, _) => object(&json!({ "type": "string", "pattern": pattern })),
        Form::Whole(least, most) => {
            object(&json!({ "type": "integer", "minimum": least, "maximum": most }))
        }
        Form::Number(least, most) => {
            object(&json!({ "type": "number", "minimum": least, "maximum": most }))
        }
        Form::Share => object(&json!({ "anyOf": [
            { "type": "number", "minimum": 0, "maximum": 1 },
            { "type": "string", "pattern": "^0*(100(\\.0*)?|[0-9]{1,2}(\\.[0-9]*)?) *%$" },
        ] })),
        Form::Span(..) => object(&json!({
            "type": "string", "pattern": "^[0-9]+\\.?[0-9]* *(us|ms|s|m|h)$"
        })),
        Form::OneOf(names) => object(&json!({ "enum": names() })),
        Form::Just(text) => object(&json!({ "const": text })),
        Form::Table(section) => table(section),
        Form::Map(each) => object(&json!({ "type": "object", "additionalProperties": form(each) })),
        Form::Names(names, each) => {
            let each = form(each);
            let names = names()
                .into_iter()
                .map(|name| (name.to_owned(), Json::Object(each.clone())));
            object(&json!({
                "type": "object",
                "properties": names.collect::<Map<_, _>>(),
                "additionalProperties": false
            }))
        }
        Form::List(each, least, most) => {
            let mut list = object(&json!({ "type": "array", "items": form(each) }));
            if *least > 0 {
                list.insert("minItems".into(), (*least).into());
            }
            if *most < usize::MAX {
                list.insert("maxItems".into(), (*most).into());
            }
            list
        }
        Form::Either(forms) => {
            let all: Vec<_> = forms.iter().map(form).collect();
            object(&json!({ "anyOf": all }))
        }
    }
}
