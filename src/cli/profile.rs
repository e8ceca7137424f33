//! Finds a profile, and reads it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::ProfileArgs;
use crate::run::Planned;
use trtc_base::error::Problem;
use trtc_forecast::month::SHIPPED as MONTHS;
use trtc_load_core::plan::Shard;
use trtc_load_core::profile::{Overrides, Profile, SHIPPED, Source};

/// Reads the profile that `args` name, and plans that shard of it.
pub(super) fn planned(args: &ProfileArgs, shard: Shard) -> Result<Planned, Vec<Problem>> {
    let (text, source) = find(&args.profile, SHIPPED).map_err(|one| vec![one])?;
    let overrides = Overrides {
        target: args.target.clone(),
        seed: args.seed,
    };
    let profile = Profile::parse(&text, &source, &overrides)
        .map_err(|faults| faults.iter().map(Problem::from).collect::<Vec<_>>())?;
    Planned::of(profile, shard).map_err(|faults| {
        let placed = |problem: Problem| Problem {
            place: format!("{}: {}", source.file, problem.place),
            ..problem
        };
        faults.into_iter().map(placed).collect()
    })
}

/// Refuses a profile that can be read only once, where workers read it too.
pub(super) fn refuse_pipe(args: &ProfileArgs) -> Result<(), Problem> {
    let place = places(&args.profile)
        .into_iter()
        .find(|place| place.exists());
    match place {
        Some(place) if !place.is_file() && !place.is_dir() => Err(Problem::bad_input(
            place.display().to_string(),
            "it is no regular file, and every worker has to read it",
            "save it to a file",
        )),
        Some(_) | None => Ok(()),
    }
}

/// As given, then in `./profiles`, then among those shipped inside the program; `.toml` may be left out.
pub(super) fn find(
    path: &Path,
    shipped: &'static [(&'static str, &'static str)],
) -> Result<(String, Source), Problem> {
    for place in places(path) {
        if place.exists() {
            return read(&place).map(|text| (text, source(&place)));
        }
    }
    let with_ending = with_ending(path);
    let name = with_ending
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let is_a_bare_name = with_ending.components().count() == 1;
    match shipped.iter().find(|(shipped, _)| *shipped == name) {
        Some((_, text)) if is_a_bare_name => Ok(((*text).to_owned(), source(&with_ending))),
        Some(_) | None => Err(not_found(path, shipped)),
    }
}

/// Where a file of that name is looked for, in order.
fn places(path: &Path) -> [PathBuf; 3] {
    let with_ending = with_ending(path);
    let shipped = Path::new("profiles").join(&with_ending);
    [path.to_owned(), with_ending, shipped]
}

/// The path, with `.toml` where it has no ending.
pub(super) fn with_ending(path: &Path) -> PathBuf {
    if path.extension().is_some() {
        path.to_owned()
    } else {
        path.with_extension("toml")
    }
}

/// The longest profile, in bytes.
const LONGEST: u64 = 1 << 20;

/// A file, or a pipe such as a shell's `<(..)`.
pub(super) fn read(path: &Path) -> Result<String, Problem> {
    if path.is_dir() {
        return Err(unreadable(path, "it is a folder"));
    }
    let mut text = String::new();
    let file = fs::File::open(path).map_err(|fault| unreadable(path, &fault.to_string()))?;
    let read = file.take(LONGEST + 1).read_to_string(&mut text);
    read.map_err(|fault| unreadable(path, &fault.to_string()))?;
    if u64::try_from(text.len()).is_ok_and(|length| length > LONGEST) {
        return Err(unreadable(path, "it is longer than 1 MiB"));
    }
    Ok(text)
}

fn source(path: &Path) -> Source {
    Source {
        file: path.display().to_string(),
        name: path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default(),
        dir: path.parent().map(PathBuf::from).unwrap_or_default(),
    }
}

fn unreadable(path: &Path, fault: &str) -> Problem {
    Problem::bad_input(
        path.display().to_string(),
        format!("it cannot be read: {fault}"),
        "give a TOML file in UTF-8 that this user may read",
    )
}

fn not_found(path: &Path, shipped: &[(&str, &str)]) -> Problem {
    let names: Vec<&str> = shipped.iter().map(|(name, _)| *name).collect();
    // Shipped, for another command.
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let elsewhere = [
        (MONTHS, "a month: `trtc-load month` plays it"),
        (SHIPPED, "a run: `trtc-load` plays it"),
    ];
    let mut elsewhere = elsewhere.iter();
    let is_shipped = |(all, _): &&(&[(&str, &str)], &str)| all.iter().any(|(one, _)| *one == name);
    if let Some((_, what)) = elsewhere.find(is_shipped) {
        return Problem::bad_input(
            path.display().to_string(),
            format!("the shipped profile of that name is of {what}"),
            format!("give a file, or one of these: {}", names.join(", ")),
        );
    }
    Problem::bad_input(
        path.display().to_string(),
        "there is no such profile, neither here nor in ./profiles nor inside the program",
        format!(
            "give a file, or one of the shipped ones: {}",
            names.join(", ")
        ),
    )
}
