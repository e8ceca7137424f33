//! The keys of a table, all together: which are known there.

use toml::de::DeTable;

use super::{About, Faults, Table, Value};

/// A table's keys. Made by [`section!`](crate::section).
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// What the table is for.
    pub says: &'static str,
    own: &'static [About],
    with: &'static [&'static Self],
}

impl Section {
    /// With these keys, and those of `with`.
    #[must_use]
    pub const fn new(
        says: &'static str,
        own: &'static [About],
        with: &'static [&'static Self],
    ) -> Self {
        Self { says, own, with }
    }

    /// Its keys, those of the sections that it takes in too.
    pub fn keys(&self) -> Box<dyn Iterator<Item = &'static About>> {
        let taken_in = self.with.iter().flat_map(|section| section.keys());
        Box::new(self.own.iter().chain(taken_in))
    }

    /// Its own keys, without those of the sections that it takes in.
    pub(super) const fn own(&self) -> &'static [About] {
        self.own
    }

    /// The sections that it takes in.
    pub(super) const fn taken_in(&self) -> &'static [&'static Self] {
        self.with
    }

    fn names(&self) -> Vec<&'static str> {
        self.keys().map(|about| about.name).collect()
    }
}

impl<'d> Table<'d> {
    /// The file's outermost table, with the keys of `section`.
    pub fn root(faults: &'d Faults<'d>, entries: &'d DeTable<'d>, section: &Section) -> Self {
        let table = Self::any(faults, String::new(), super::At(0), entries);
        table.check_keys(&section.names());
        table
    }
}

impl<'d> Value<'d> {
    /// A table with the keys of `section`.
    pub fn open(&self, section: &Section) -> Option<Table<'d>> {
        self.table(&section.names())
    }
}

/// Declares the keys of a table, each as a [`Key`](crate::config::Key), and the table itself as a
/// [`Section`](crate::config::Section) of all of them: a key that is read and not known cannot be written.
///
/// ```
/// use trtc_base::config::{Faults, Table};
///
/// trtc_base::section! {
///     /// What the generator may use.
///     LIMITS {
///         /// The most arrivals at once.
///         SLOTS: u32 = whole("slots", 1, 1_000_000).or("20_000");
///     }
/// }
///
/// let text = "slot = 3";
/// let faults = Faults::new("limits.toml", text);
/// let document = faults.parse().unwrap();
/// let table = Table::root(&faults, &document, &LIMITS);
/// assert_eq!(table.read(&SLOTS), Some(20_000));
/// drop(table);
/// drop(document);
/// assert_eq!(faults.into_sorted()[0].to_string(), "`slot` is not a known key");
/// ```
#[macro_export]
macro_rules! section {
    // The sections that it takes in stand in a list of their own.
    (
        $(#[doc = $says:literal])+
        $vis:vis $section:ident with all $list:path { $($keys:tt)* }
    ) => {
        $crate::section!(@keys $vis, { $($keys)* });
        $crate::section!(@own [$(#[doc = $says])+] $vis $section, $list, { $($keys)* });
    };
    (
        $(#[doc = $says:literal])+
        $vis:vis $section:ident $(with $($taken:path),+)? { $($keys:tt)* }
    ) => {
        $crate::section!(@keys $vis, { $($keys)* });
        $crate::section!(@own [$(#[doc = $says])+] $vis $section, &[$($(&$taken),+)?], { $($keys)* });
    };
    (@keys $vis:vis, {
        $($(#[doc = $doc:literal])+ $key:ident : $type:ty = $make:ident($($part:expr),* $(,)?) $(.$how:ident($($word:expr),* $(,)?))*;)*
    }) => {
        $(
            $(#[doc = $doc])+
            $vis const $key: $crate::config::Key<$type> =
                $crate::config::Key::<$type>::$make($($part),*).says(concat!($($doc),+))$(.$how($($word),*))*;
        )*
    };
    (@own [$(#[doc = $says:literal])+] $vis:vis $section:ident, $taken:expr, {
        $($(#[doc = $doc:literal])+ $key:ident : $type:ty = $make:ident($($part:expr),* $(,)?) $(.$how:ident($($word:expr),* $(,)?))*;)*
    }) => {
        $(#[doc = $says])+
        $vis const $section: $crate::config::Section =
            $crate::config::Section::new(concat!($($says),+), &[$($key.about),*], $taken);
    };
}
