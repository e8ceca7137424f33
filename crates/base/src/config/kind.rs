//! Every kind of fault that a reader of such files can find. Adding one is a row here and a file under `tests/` that
//! has it.

/// Who reads a file, and so which faults it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Of profiles.
    Profile,
    /// Of dialects.
    Dialect,
    /// Of billing policies.
    Bill,
    /// Of month profiles.
    Month,
}

/// The enum, the list of its variants and what is known of each come from one table, so that none can be left out.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident, $name:literal, $($reader:ident)|+;)+) => {
        /// What sort of thing is wrong in a file. The words of a fault are made where it is found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FaultKind {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl FaultKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// Its name: the file `NAME.toml` has such a fault, in the folder of `tests/` of each of its readers.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// Which readers can find it.
            #[must_use]
            pub const fn readers(self) -> &'static [Reader] {
                match self {
                    $(Self::$kind => &[$(Reader::$reader),+],)+
                }
            }
        }
    };
}

kinds! {
    /// It is not TOML.
    Syntax, "syntax", Profile | Dialect | Bill | Month;
    /// A key that has no meaning there.
    UnknownKey, "unknown-key", Profile | Dialect | Bill | Month;
    /// The file's version is not one that this program reads.
    Version, "version", Profile | Dialect | Bill | Month;
    /// A key that must be there is not.
    Missing, "missing", Profile | Dialect | Bill | Month;
    /// A value of another type than the key's.
    WrongType, "wrong-type", Profile | Dialect | Bill | Month;
    /// A text without a character.
    EmptyText, "empty-text", Profile | Dialect | Bill | Month;
    /// A value outside its range.
    OutOfRange, "out-of-range", Profile | Dialect | Bill | Month;
    /// A text that is no span of time.
    NoSpan, "no-span", Profile | Dialect | Month;
    /// A word that is none of those known there.
    UnknownName, "unknown-name", Profile | Dialect | Bill | Month;

    /// A text that is no month.
    NoMonth, "no-month", Month;
    /// A text that is no time zone.
    NoTimeZone, "no-time-zone", Month;
    /// A text that is no day or time of the month.
    NoDay, "no-day", Month;
    /// A list of weights of another length, or all zero.
    WeightsForm, "weights-form", Month;
    /// Policies that cannot be told apart, or too many.
    PoliciesForm, "policies-form", Month;
    /// What no app can be like.
    ImpossibleActivity, "impossible-activity", Month;

    /// One SDKAppID for two apps.
    AppTwice, "app-twice", Profile;
    /// A key written where its place belongs.
    KeyAsText, "key-as-text", Profile;
    /// A key with no place or with several.
    KeyForm, "key-form", Profile;
    /// A key in a profile whose target is not this machine.
    KeyElsewhere, "key-elsewhere", Profile;
    /// A key without a character.
    KeyEmpty, "key-empty", Profile;
    /// A command without a program.
    CommandEmpty, "command-empty", Profile;
    /// A budget that stands twice.
    BudgetTwice, "budget-twice", Profile;
    /// A budget that is no sentence.
    BudgetWords, "budget-words", Profile;
    /// A budget without a measured stage.
    BudgetCoversNothing, "budget-covers-nothing", Profile;
    /// A budget in a stage that there is not.
    BudgetStage, "budget-stage", Profile;
    /// A budget on an operation that no scenario has.
    BudgetOperation, "budget-operation", Profile;
    /// A budget on a phase that no step has.
    BudgetPhase, "budget-phase", Profile;
    /// A budget that a step without an answer keeps.
    BudgetAboveTimeout, "budget-above-timeout", Profile;
    /// A dialect of a name that none has.
    DialectUnknown, "dialect-unknown", Profile;
    /// A dialect with faults of its own.
    DialectBad, "dialect-bad", Profile;
    /// A dialect's file that cannot be read.
    DialectUnreadable, "dialect-unreadable", Profile;
    /// A scenario that the dialect cannot play.
    DialectCannot, "dialect-cannot", Profile;
    /// A kick whose notice nobody would hear.
    KickUnseen, "kick-unseen", Profile;
    /// A watch over stays in which nobody is asked.
    WatchAsksNobody, "watch-asks-nobody", Profile;
    /// A distribution without an end.
    SpreadWithoutMax, "spread-without-max", Profile;
    /// A distribution of no known form.
    SpreadForm, "spread-form", Profile;
    /// A uniform distribution without two ends.
    SpreadEnds, "spread-ends", Profile;
    /// A uniform distribution whose ends are the wrong way round.
    SpreadBackwards, "spread-backwards", Profile;
    /// An exponential distribution whose mean is zero or beyond its end.
    SpreadMean, "spread-mean", Profile;
    /// Stages in which nobody arrives.
    NoArrivals, "no-arrivals", Profile;
    /// Shares that are all zero.
    SharesZero, "shares-zero", Profile;
    /// An end of UserSigs that nobody would see.
    UsersigEnds, "usersig-ends", Profile;
    /// A population whose accounts have no valid UserID.
    UserIds, "user-ids", Profile;
    /// A name that is not one word.
    NoName, "no-name", Profile | Bill;
    /// A name that another has already.
    NameTwice, "name-twice", Profile | Bill;
    /// A list that must have an entry and has none.
    ListEmpty, "list-empty", Profile | Bill;
    /// A list of more entries than it may have.
    ListTooLong, "list-too-long", Profile | Bill;
    /// A UserSig server that nobody would ask.
    UsersigNotAsked, "usersig-not-asked", Profile;
    /// A UserSig server whose dialect issues none.
    UsersigDialect, "usersig-dialect", Profile;
    /// An address that is no UserSig server's.
    UsersigUrl, "usersig-url", Profile;
    /// An entry of the allowed hosts that is none.
    AllowHost, "allow-host", Profile;
    /// A drain that ends before what a scenario waits for.
    DrainTooShort, "drain-too-short", Profile;
    /// A host that the profile does not allow.
    HostNotAllowed, "host-not-allowed", Profile;
    /// A target that is named twice.
    UrlAndRegion, "url-and-region", Profile;
    /// A region that the dialect does not know.
    RegionUnknown, "region-unknown", Profile;
    /// An address that is no target.
    TargetUrl, "target-url", Profile;
    /// More source addresses than a machine has.
    SourceCount, "source-count", Profile;
    /// A text that is no IP address.
    NoAddress, "no-address", Profile;
    /// A source address that stands for all of them.
    SourceUnspecified, "source-unspecified", Profile;
    /// An address that is no proxy's.
    ProxyUrl, "proxy-url", Profile;
    /// The mock as the target of what it does not hear.
    MockCannot, "mock-cannot", Profile;
    /// Settings of a mock that is not the target.
    MockUnused, "mock-unused", Profile;
    /// A setting of the mock does nothing on the dialect's push channel.
    MockPush, "mock-push", Profile;
    /// Connections that should become push channels where there are none.
    ConnectionUpgrade, "connection-upgrade", Profile;
    /// Connections opened beforehand that nobody would keep.
    Preconnect, "preconnect", Profile;
    /// A scenario whose kind cannot be told.
    ScenarioWithoutKind, "scenario-without-kind", Profile;
    /// A key that only scenarios of another kind have.
    KeyOfAnotherKind, "key-of-another-kind", Profile;
    /// A scenario of requests with none or too many.
    StepCount, "step-count", Profile;
    /// A scenario of devices with none or too many.
    DeviceCount, "device-count", Profile;
    /// A rival beside which the person's own device may stay.
    RivalKicksNobody, "rival-kicks-nobody", Profile;
    /// A request that the dialect does not have.
    StepUnknown, "step-unknown", Profile;
    /// A request that is no administrator's.
    StepOfSession, "step-of-session", Profile;
    /// A reset of connections that can only be closed.
    CutByReset, "cut-by-reset", Profile;
    /// More accounts in a request than the service takes.
    BatchTooLong, "batch-too-long", Profile;
    /// Settings of callbacks towards what hears none.
    WebhookUnused, "webhook-unused", Profile;
    /// A path that is no receiver's.
    WebhookPath, "webhook-path", Profile;
    /// Any certificate taken from a target that is not this machine.
    InsecureElsewhere, "insecure-elsewhere", Profile;
    /// A CA that is named and not used.
    InsecureWithCa, "insecure-with-ca", Profile;
    /// TLS settings where nothing is encrypted.
    TlsUnused, "tls-unused", Profile;
    /// An administrator that is no UserID.
    AdminIdentifier, "admin-identifier", Profile;

    /// A dialect that is like none that ships.
    LikeUnknown, "like-unknown", Dialect;
    /// A header whose name is none.
    HeaderName, "header-name", Dialect;
    /// A header that the client writes.
    HeaderOfClient, "header-of-client", Dialect;
    /// A header that stands twice.
    HeaderTwice, "header-twice", Dialect;
    /// A header that speaks of encoded bodies.
    Encoding, "encoding", Dialect;
    /// A header that would not stay in its line.
    HeaderControl, "header-control", Dialect;
    /// Codes that are neither the documented ones nor a table.
    CodesForm, "codes-form", Dialect;
    /// A code in two classes.
    CodeTwice, "code-twice", Dialect;
    /// A value that is no code.
    NoCode, "no-code", Dialect;
    /// Codes as good as a success, in answers whose code is nowhere.
    AlsoSuccessBlind, "also-success-blind", Dialect;
    /// A question who is logged in, whose answer names nobody.
    TakesNoUserId, "takes-no-user-id", Dialect;
    /// A request for a UserSig that takes none.
    TakesNoUserSig, "takes-no-user-sig", Dialect;
    /// A part of an answer that is taken for nobody.
    TakeUnused, "take-unused", Dialect;
    /// A cursor that polls have and nothing gives, or the other way round.
    Cursor, "cursor", Dialect;
    /// A text that is no JSON pointer.
    NoPointer, "no-pointer", Dialect;
    /// A success of no status.
    NoStatus, "no-status", Dialect;
    /// A pointer without the value to compare with, or the value alone.
    PointerAlone, "pointer-alone", Dialect;
    /// A value that nothing is compared with.
    NotComparable, "not-comparable", Dialect;
    /// What to cut out, in other than two texts.
    BetweenForm, "between-form", Dialect;
    /// An operation that is like another than the login, or may not be like it.
    AsOther, "as-other", Dialect;
    /// An operation that is like the login and has keys of its own.
    AsWithKeys, "as-with-keys", Dialect;
    /// A login that is like another operation.
    LoginAs, "login-as", Dialect;
    /// A token that no login gives.
    TokenNotTaken, "token-not-taken", Dialect;
    /// An operation that is no request of its own.
    NoRequest, "no-request", Dialect;
    /// A push channel that tells nothing.
    PushMeansNothing, "push-means-nothing", Dialect;
    /// An event with a name, on a channel whose events have none.
    EventNamed, "event-named", Dialect;
    /// A list of accounts without a length.
    BatchMissing, "batch-missing", Dialect;
    /// A length of a list that there is not.
    BatchUnused, "batch-unused", Dialect;
    /// An item of a list that names no account.
    ItemForm, "item-form", Dialect;
    /// Every item of a list, where only one can be meant.
    ItemsElsewhere, "items-elsewhere", Dialect;
    /// Every item of a list and one of them.
    ItemsMixed, "items-mixed", Dialect;
    /// A condition that says nothing, or two things.
    ConditionForm, "condition-form", Dialect;
    /// A body in a request that has none.
    BodyOfGet, "body-of-get", Dialect;
    /// A body of a type without a rule for its placeholders.
    BodyType, "body-type", Dialect;
    /// A JSON body that would be none.
    BodyNotJson, "body-not-json", Dialect;
    /// A placeholder that has no value there.
    PlaceholderElsewhere, "placeholder-elsewhere", Dialect;
    /// A placeholder that there is not.
    PlaceholderUnknown, "placeholder-unknown", Dialect;
    /// A path that does not begin at the root.
    PathWithoutSlash, "path-without-slash", Dialect;
    /// A path with a character that may not stand in one.
    PathCharacter, "path-character", Dialect;
    /// A region that is no host.
    NoHost, "no-host", Dialect;

    /// A value that is no exact amount of money.
    NoMoney, "no-money", Bill;
    /// A charge whose keys do not say one thing.
    ChargeForm, "charge-form", Bill;
    /// Tiers that do not follow one another.
    TierBounds, "tier-bounds", Bill;
}
