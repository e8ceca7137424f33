//! Who a device logs in as: an account of the population with its ticket, on a platform, on a device of its own.

#[cfg(test)]
mod tests;
mod virtual_user;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use sha2::Sha256;

use super::admin::Admin;
use super::flaw::Flaw;
use super::issuer::Issuer;
use super::ledger::batch;
use crate::plan::Plan;
use crate::profile::{AppIx, UsersigLife};
use trtc_base::clock;
use trtc_base::clock::Clock;
use trtc_base::units::{Micros, UnixSeconds};
use trtc_usersig::{Key, SdkAppId, UserId, UserIdFault, sign};
use trtc_wire::dialect::Credential;
pub(super) use virtual_user::{VirtualUser, Which};

/// The person `n` in the room of `host`; 0 is the host.
pub(super) fn guest(host: &UserId, n: u32) -> Result<UserId, UserIdFault> {
    if n == 0 {
        return Ok(host.clone());
    }
    UserId::new(&format!("{host}-{n}"))
}

/// How long a login may be on its way, in milliseconds: a UserSig that ends meanwhile is not shown.
const ON_THE_WAY: u64 = 250;

/// The second in which a login that leaves now has arrived.
fn arrival_of_a_login() -> UnixSeconds {
    UnixSeconds(clock::unix_millis().saturating_add(ON_THE_WAY) / 1_000)
}

/// The accounts that one request names, where it can name several.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) accounts: Vec<u64>,
    /// Their UserIDs.
    pub(super) user_ids: Vec<UserId>,
}

/// The accounts of a run: their names and their tickets.
#[derive(Debug)]
pub struct AccountPool {
    apps: Vec<(SdkAppId, Key)>,
    /// The text before an account's number.
    prefix: String,
    digits: usize,
    /// Accounts in each app.
    accounts: u64,
    credential: Credential,
    admin: Option<Admin>,
    /// The team's server, where UserSigs come from one.
    issuer: Option<Issuer>,
    /// How long UserSigs made here are valid, in seconds.
    valid_for: u64,
    /// When those end together that are made before, from the run's start.
    ends_at: Option<Micros>,
    /// The last second of those, once the run's clock was asked.
    common_end: OnceLock<UnixSeconds>,
    /// UserSigs made here that are still valid.
    made: Mutex<HashMap<(SdkAppId, u64), Ticket>>,
}

/// A UserSig with the second in which it ends.
#[derive(Clone, Debug)]
struct Ticket {
    user_sig: Arc<str>,
    valid_until: UnixSeconds,
}

/// UserSigs that are kept for an account's next arrival: about 25 MB of them.
const KEPT: usize = 100_000;

/// A UserSig this close to its end is made anew.
const MARGIN: u64 = 60;

/// What a device's ticket is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Valid for as long as the run's are.
    Fresh,
    /// No login may be let in by it.
    Bad(Flaw),
}

impl AccountPool {
    /// The accounts named `prefix` and their number among `accounts`, signed for with the keys of `apps`.
    ///
    /// # Errors
    /// Where the longest name is no UserID.
    pub fn new(
        apps: Vec<(SdkAppId, Key)>,
        prefix: String,
        accounts: u64,
        credential: Credential,
        life: UsersigLife,
    ) -> Result<Self, UserIdFault> {
        let digits = accounts.saturating_sub(1).to_string().len();
        let pool = Self {
            apps,
            prefix,
            digits,
            accounts,
            credential,
            admin: None,
            issuer: None,
            valid_for: life.valid_for.whole_secs(),
            ends_at: life.ends_at,
            common_end: OnceLock::new(),
            made: Mutex::default(),
        };
        pool.user_id(accounts.saturating_sub(1))?;
        Ok(pool)
    }

    /// The same accounts, with UserSigs from the team's server.
    #[must_use]
    pub fn issued_by(mut self, issuer: Option<Issuer>) -> Self {
        self.issuer = issuer;
        self
    }

    /// The same accounts, each of which may have so many people in its room, itself among them.
    ///
    /// # Errors
    /// Where the longest name of a guest is no UserID.
    pub fn with_rooms_of(self, people: u32) -> Result<Self, UserIdFault> {
        let host = self.user_id(self.accounts.saturating_sub(1))?;
        guest(&host, people.saturating_sub(1))?;
        Ok(self)
    }

    /// The same accounts, with an administrator over them.
    #[must_use]
    pub fn with_admin(mut self, admin: Option<Admin>) -> Self {
        self.admin = admin;
        self
    }

    /// Who asks the server REST API.
    pub(super) const fn admin(&self) -> Option<&Admin> {
        self.admin.as_ref()
    }

    /// The administrator's UserSig for `app`.
    pub(super) fn admin_sig(&self, app: SdkAppId) -> Option<Arc<str>> {
        Some(self.admin.as_ref()?.user_sig(app, self.key(app)?))
    }

    /// The `count` accounts from `account` on.
    pub(super) fn batch(&self, account: u64, count: u32) -> Batch {
        let accounts: Vec<u64> = batch(account, u64::from(count), self.accounts).collect();
        let ids = accounts
            .iter()
            .filter_map(|&account| self.user_id(account).ok());
        let user_ids = ids.collect();
        Batch { accounts, user_ids }
    }

    /// The team's UserSig server.
    pub(super) const fn issuer(&self) -> Option<&Issuer> {
        self.issuer.as_ref()
    }

    /// The key of an app.
    pub(super) fn key(&self, app: SdkAppId) -> Option<&Key> {
        let found = self.apps.iter().find(|(known, _)| *known == app);
        found.map(|(_, key)| key)
    }

    /// Whether `virtual_user` has what it shows to log in.
    pub(super) fn has_ticket(&self, virtual_user: &VirtualUser) -> bool {
        self.has_ticket_at(virtual_user, clock::unix_now())
    }

    /// Whether it has one that lasts until a login that leaves now has arrived.
    pub(super) fn has_lasting_ticket(&self, virtual_user: &VirtualUser) -> bool {
        self.has_ticket_at(virtual_user, arrival_of_a_login())
    }

    fn has_ticket_at(&self, virtual_user: &VirtualUser, now: UnixSeconds) -> bool {
        self.credential == Credential::Password
            || (!virtual_user.user_sig.is_empty() && now <= virtual_user.valid_until)
    }

    /// Takes the UserSig away from `virtual_user`: it has expired, or the target says so.
    pub(super) fn drop_ticket(&self, virtual_user: &mut VirtualUser) {
        self.made
            .lock()
            .remove(&(virtual_user.app, virtual_user.account));
        virtual_user.user_sig = Arc::default();
    }

    fn user_id(&self, account: u64) -> Result<UserId, UserIdFault> {
        UserId::new(&format!(
            "{}{account:0digits$}",
            self.prefix,
            digits = self.digits
        ))
    }

    /// The account `account` of `app` on one of its devices; none for an app or a number that the run does not have.
    pub(super) fn virtual_user(
        &self,
        plan: &Plan,
        app: AppIx,
        account: u64,
        which: Which,
    ) -> Option<VirtualUser> {
        let (sdk_app_id, key) = self.apps.get(usize::from(app.0))?;
        let user_id = self.user_id(account).ok()?;
        let device_id = format!("{user_id}.{}", which.number());
        let password = match self.credential {
            Credential::Password => password(key, &user_id),
            Credential::UserSig => String::new(),
        };
        let platform = plan.platform(app, account);
        let user_sig = Arc::default();
        Some(VirtualUser {
            app: *sdk_app_id,
            account,
            user_id,
            user_sig,
            valid_until: UnixSeconds(u64::MAX),
            password,
            platform,
            device_id,
        })
    }

    /// Gives `virtual_user` what it can have before anybody is asked: a UserSig made here, unless the team's server issues
    /// them, or their end is known only by the run's clock. A bad one is always made here: no server issues those.
    pub(super) fn prepare_ticket(&self, virtual_user: &mut VirtualUser, freshness: Freshness) {
        let is_made_here = self.issuer.is_none() && self.ends_at.is_none();
        if is_made_here || freshness != Freshness::Fresh {
            self.give_ticket(virtual_user, freshness);
        }
    }

    /// The same of one that may end with all others, whose run goes by `clock`: before that end, unless it takes the place of
    /// one that ended.
    pub(super) fn give_first_ticket(&self, virtual_user: &mut VirtualUser, clock: &Clock) {
        let now = clock::unix_now();
        let end = self.ends_at.map(|ends_at| {
            *self.common_end.get_or_init(|| {
                // The clock reads zero until the run starts; nobody logs in before.
                let began = clock::unix_millis().saturating_sub(clock.now().0 / 1_000);
                UnixSeconds(began.saturating_add(ends_at.0 / 1_000) / 1_000)
            })
        });
        match end.filter(|end| arrival_of_a_login() <= *end) {
            Some(end) => self.give_ticket_until(virtual_user, now, end),
            None => self.give_ticket_at(virtual_user, Freshness::Fresh, now),
        }
    }

    fn give_ticket_until(
        &self,
        virtual_user: &mut VirtualUser,
        now: UnixSeconds,
        end: UnixSeconds,
    ) {
        let (Credential::UserSig, Some(key)) = (self.credential, self.key(virtual_user.app)) else {
            return;
        };
        let ticket = self.kept(virtual_user, now).unwrap_or_else(|| {
            let (app, user) = (virtual_user.app, &virtual_user.user_id);
            Ticket::of((app, user), key, now, end.0.saturating_sub(now.0))
        });
        virtual_user.user_sig = ticket.user_sig;
        virtual_user.valid_until = ticket.valid_until;
    }

    /// Gives `virtual_user` a UserSig made here, where the dialect shows one. A valid one that was made before is used again.
    pub(super) fn give_ticket(&self, virtual_user: &mut VirtualUser, freshness: Freshness) {
        self.give_ticket_at(virtual_user, freshness, clock::unix_now());
    }

    fn give_ticket_at(
        &self,
        virtual_user: &mut VirtualUser,
        freshness: Freshness,
        now: UnixSeconds,
    ) {
        let (Credential::UserSig, Some(key)) = (self.credential, self.key(virtual_user.app)) else {
            return;
        };
        let ticket = match freshness {
            Freshness::Fresh => self.kept(virtual_user, now).unwrap_or_else(|| {
                let whom = (virtual_user.app, &virtual_user.user_id);
                let ticket = Ticket::of(whom, key, now, self.valid_for);
                self.keep(virtual_user, &ticket);
                ticket
            }),
            Freshness::Bad(flaw) => return self.give_bad_ticket(virtual_user, flaw, now),
        };
        virtual_user.user_sig = ticket.user_sig;
        virtual_user.valid_until = ticket.valid_until;
    }

    /// Gives `virtual_user` a UserSig that is wrong in one way, and right in every other.
    fn give_bad_ticket(&self, virtual_user: &mut VirtualUser, flaw: Flaw, now: UnixSeconds) {
        let Some(key) = self.key(virtual_user.app) else {
            return;
        };
        let (app, user) = (virtual_user.app, virtual_user.user_id.clone());
        let made = |whom: (SdkAppId, &UserId), key: &Key, issued| {
            Ticket::of(whom, key, issued, self.valid_for)
        };
        let ticket = match flaw {
            Flaw::Expired { seconds } => {
                let issued = now.0.saturating_sub(seconds.saturating_add(self.valid_for));
                made((app, &user), key, UnixSeconds(issued))
            }
            Flaw::OtherUser => made((app, &self.another(virtual_user)), key, now),
            Flaw::OtherApp => made((self.no_app(app), &user), key, now),
            Flaw::OtherKey => made((app, &user), &Key::new("a key of nobody's"), now),
            Flaw::UnknownApp => {
                virtual_user.app = self.no_app(app);
                made((virtual_user.app, &user), key, now)
            }
        };
        virtual_user.user_sig = ticket.user_sig;
        virtual_user.valid_until = ticket.valid_until;
    }

    /// The account after that of `virtual_user`; where there is none, somebody who is no account of the run.
    fn another(&self, virtual_user: &VirtualUser) -> UserId {
        let next = (virtual_user.account + 1) % self.accounts.max(1);
        let other = if next == virtual_user.account {
            UserId::new("nobody")
        } else {
            self.user_id(next)
        };
        other.unwrap_or_else(|_| virtual_user.user_id.clone())
    }

    /// The next SDKAppID that the run has no app of.
    fn no_app(&self, app: SdkAppId) -> SdkAppId {
        let is_known = |id: u32| self.apps.iter().any(|(known, _)| known.0 == id);
        let mut ids = (app.0..=u32::MAX).chain(1..app.0);
        SdkAppId(ids.find(|&id| !is_known(id)).unwrap_or(app.0))
    }

    fn kept(&self, virtual_user: &VirtualUser, now: UnixSeconds) -> Option<Ticket> {
        let made = self.made.lock();
        let ticket = made.get(&(virtual_user.app, virtual_user.account))?;
        (ticket.valid_until.0 > now.0.saturating_add(MARGIN)).then(|| ticket.clone())
    }

    fn keep(&self, virtual_user: &VirtualUser, ticket: &Ticket) {
        let mut made = self.made.lock();
        if made.len() < KEPT {
            made.insert((virtual_user.app, virtual_user.account), ticket.clone());
        }
    }
}

impl Ticket {
    fn of(
        (app, user): (SdkAppId, &UserId),
        key: &Key,
        issued: UnixSeconds,
        valid_for: u64,
    ) -> Self {
        let user_sig = sign(app, user, key, issued, valid_for);
        Self {
            user_sig: user_sig.into(),
            valid_until: UnixSeconds(issued.0.saturating_add(valid_for)),
        }
    }
}

/// An account's password: the same in every run, and no secret of anybody else's.
fn password(key: &Key, user_id: &UserId) -> String {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(user_id.as_str().as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
