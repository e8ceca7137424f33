//! `trtc-load schema`: every key of a file that this program reads, from the declarations that read it.

use clap::{Args, ValueEnum};

use trtc_base::config::{Section, reference, schema};
use trtc_forecast::bill::Policy;
use trtc_forecast::month::Model;
use trtc_load_core::profile::Profile;
use trtc_wire::dialect::Dialect;

/// Print the keys of a file.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which kind of file.
    #[arg(value_enum)]
    file: File,
    /// A JSON Schema (draft 2020-12), which editors check a file with, or a page of Markdown.
    #[arg(long, value_enum, default_value = "json")]
    output: SchemaOutput,
}

/// How the keys are written to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOutput {
    /// A JSON Schema.
    Json,
    /// A page of Markdown.
    Markdown,
}

/// A kind of file that this program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum File {
    /// What `trtc-load --profile` runs.
    Profile,
    /// What a login service is asked, and what its answers mean.
    Dialect,
    /// What `trtc-load month` plays.
    Month,
    /// What a month's accounts cost.
    Bill,
}

impl File {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Profile, Self::Dialect, Self::Month, Self::Bill];

    /// Its keys.
    #[must_use]
    pub const fn keys(self) -> &'static Section {
        match self {
            Self::Profile => Profile::KEYS,
            Self::Dialect => Dialect::KEYS,
            Self::Month => Model::KEYS,
            Self::Bill => Policy::KEYS,
        }
    }

    /// What it is called on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Dialect => "dialect",
            Self::Month => "month",
            Self::Bill => "bill",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Profile => "Every key of a profile",
            Self::Dialect => "Every key of a dialect",
            Self::Month => "Every key of a month profile",
            Self::Bill => "Every key of a billing policy",
        }
    }
}

/// What the arguments ask for.
#[must_use]
pub fn run(args: &SchemaArgs) -> String {
    match args.output {
        SchemaOutput::Json => json(args.file),
        SchemaOutput::Markdown => page(args.file),
    }
}

/// The JSON Schema of that kind of file.
#[must_use]
pub fn json(file: File) -> String {
    let schema = schema(&format!("trtc-load {}", file.name()), file.keys());
    format!("{schema:#}")
}

/// The same as a page for people.
#[must_use]
pub fn page(file: File) -> String {
    let name = file.name();
    let intro = format!(
        "Made by `trtc-load schema {name} --output markdown` from the declarations that read the file. Spans of time are \
         texts such as `\"250ms\"`, `\"1.5s\"`, `\"2m\"` or `\"1h\"`; shares are numbers from 0 to 1, or per cent: `\"2%\"`. An \
         editor that knows JSON Schema for TOML checks a file as it is written: \
         `trtc-load schema {name} > {name}.schema.json`, and `#:schema ./{name}.schema.json` as the file's first line."
    );
    reference(file.title(), &intro, file.keys())
}
