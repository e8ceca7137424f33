//! A page of the docs with every key of a file, from their declarations.

use std::fmt::Write;

use super::{About, Absent, Form, Section};

/// The page's Markdown: a heading for each table, and a row for each of its keys.
#[must_use]
pub fn reference(title: &str, intro: &str, section: &Section) -> String {
    let mut page = format!("# {title}\n\n{intro}\n");
    let top = Place {
        path: String::new(),
        heading: "The file's own keys".to_owned(),
    };
    table(&mut page, &top, section);
    page
}

/// Where a table stands.
struct Place {
    /// Its path in the file; empty: it is the file itself.
    path: String,
    heading: String,
}

fn table(page: &mut String, place: &Place, section: &Section) {
    let is_said = place.heading.ends_with(section.says.trim());
    let says = if is_said {
        String::new()
    } else {
        format!("{}\n\n", sentence(section.says))
    };
    // Writing to a string does not fail.
    let _ = write!(page, "\n## {}\n\n{says}", place.heading);
    rows(page, place, section.own());
    for more in section.taken_in() {
        let says = sentence(more.says);
        let _ = write!(page, "\n### {}\n\n", says.trim_end_matches('.'));
        rows(page, place, more.own());
    }
    for about in section.keys() {
        for (place, section) in below(&about.form, &place.inner(about.name)) {
            table(page, &place, section);
        }
    }
}

/// Words that begin with a capital.
pub(super) fn sentence(says: &str) -> String {
    let mut letters = says.trim().chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

impl Place {
    fn inner(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }
}

/// The tables that stand below a key of that form.
fn below(form: &Form, path: &str) -> Vec<(Place, &'static Section)> {
    let place = |heading: String| Place {
        path: path.to_owned(),
        heading,
    };
    if let Form::Either(forms) = form {
        let sections: Vec<_> = forms.iter().filter_map(Form::section).collect();
        let heading = |section: &Section| {
            if sections.len() > 1 {
                format!("`[{path}]`, {}", section.says.trim())
            } else {
                format!("`{path}` as a table")
            }
        };
        return sections
            .iter()
            .map(|section| (place(heading(section)), *section))
            .collect();
    }
    let is_named = matches!(form, Form::Map(_) | Form::Names(..));
    let place = |heading: String| Place {
        path: format!("{path}{}", if is_named { ".NAME" } else { "" }),
        heading,
    };
    let (heading, section) = match form {
        Form::Table(section) => (format!("`[{path}]`"), Some(*section)),
        Form::List(each, ..) => (format!("`[[{path}]]`"), each.section()),
        Form::Map(Form::Either(forms)) | Form::Names(_, Form::Either(forms)) => (
            format!("`{path}.NAME` as a table"),
            forms.iter().find_map(Form::section),
        ),
        Form::Map(each) | Form::Names(_, each) => (format!("`[{path}.NAME]`"), each.section()),
        Form::Flag
        | Form::Text
        | Form::AnyText
        | Form::Word
        | Form::Like(..)
        | Form::Whole(..)
        | Form::Number(..)
        | Form::Share
        | Form::Span(..)
        | Form::OneOf(_)
        | Form::Just(_)
        | Form::Either(_) => return Vec::new(),
    };
    let found = section.map(|section| (place(heading), section));
    found.into_iter().collect()
}

fn rows(page: &mut String, place: &Place, keys: &[About]) {
    if keys.is_empty() {
        return;
    }
    page.push_str("| key | value | left out | what it means |\n|---|---|---|---|\n");
    for about in keys {
        page.push_str(&row(about, place));
    }
}

/// What a value is that has tables, which stand further below.
fn words_of_tables(form: &Form) -> String {
    if let Form::Either(forms) = form {
        let plain = forms.iter().filter(|form| form.section().is_none());
        let plain = plain.map(Form::words).chain(["a table, below".to_owned()]);
        return plain.collect::<Vec<_>>().join("; or ");
    }
    let words = form.words();
    let Some((many, _)) = words.split_once(", each ") else {
        return "a table, below".to_owned();
    };
    format!("{many}, each as below")
}

fn row(about: &About, place: &Place) -> String {
    let has_tables = !below(&about.form, &place.inner(about.name)).is_empty();
    let value = if has_tables {
        words_of_tables(&about.form)
    } else {
        about.form.words()
    };
    let left_out = match about.absent {
        Absent::Fault(_) => "must be there".to_owned(),
        Absent::Value(literal) => format!("`{literal}`"),
        Absent::Words(words) => words.to_owned(),
    };
    let cell = |text: &str| text.trim().replace('|', "\\|");
    format!(
        "| `{}` | {} | {} | {} |\n",
        about.name,
        cell(&value),
        cell(&left_out),
        cell(about.says)
    )
}
