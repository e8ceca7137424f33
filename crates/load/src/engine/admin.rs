//! The administrator who asks the server REST API: one UserSig an app, made before it is needed and renewed before it ends.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use trtc_base::clock;
use trtc_base::units::{Micros, UnixSeconds};
use trtc_usersig::{Key, SdkAppId, UserId, sign};

/// A run's administrator.
#[derive(Debug)]
pub struct Admin {
    identifier: UserId,
    /// How long a UserSig is valid, in seconds.
    valid_for: u64,
    tickets: Mutex<HashMap<SdkAppId, Ticket>>,
}

#[derive(Debug)]
struct Ticket {
    user_sig: Arc<str>,
    /// From this second on it is made anew, with a tenth of its life and at least a second left.
    renew_at: UnixSeconds,
}

impl Admin {
    /// The administrator called `identifier`, whose UserSigs are valid for `valid_for`.
    #[must_use]
    pub fn new(identifier: UserId, valid_for: Micros) -> Self {
        Self {
            identifier,
            valid_for: valid_for.whole_secs().max(2),
            tickets: Mutex::default(),
        }
    }

    pub(super) fn identifier(&self) -> &str {
        self.identifier.as_str()
    }

    /// The UserSig for `app`, made now where the last one is about to end.
    pub(super) fn user_sig(&self, app: SdkAppId, key: &Key) -> Arc<str> {
        let now = clock::unix_now();
        let mut tickets = self.tickets.lock();
        if let Some(ticket) = tickets.get(&app).filter(|ticket| now < ticket.renew_at) {
            return ticket.user_sig.clone();
        }
        let user_sig: Arc<str> = sign(app, &self.identifier, key, now, self.valid_for).into();
        let left = (self.valid_for / 10).max(1);
        let ticket = Ticket {
            user_sig: user_sig.clone(),
            renew_at: UnixSeconds(now.0 + self.valid_for - left),
        };
        tickets.insert(app, ticket);
        user_sig
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trtc_usersig::verify;

    #[test]
    fn a_user_sig_serves_all_until_it_is_about_to_end() {
        let (app, key) = (SdkAppId(1), Key::new("k"));
        let admin = Admin::new(
            UserId::new("administrator").unwrap(),
            Micros::from_secs(100),
        );
        let first = admin.user_sig(app, &key);
        assert!(Arc::ptr_eq(&first, &admin.user_sig(app, &key)));
        let now = clock::unix_now();
        let proven = verify(&first, app, "administrator", &key, now).unwrap();
        assert_eq!(proven.ticket.valid_for_secs, 100);
        let renew_at = admin.tickets.lock()[&app].renew_at;
        assert_eq!(renew_at.0, proven.ticket.issued.0 + 90);
        // Its time is almost over.
        admin.tickets.lock().get_mut(&app).unwrap().renew_at = now;
        assert!(!Arc::ptr_eq(&first, &admin.user_sig(app, &key)));
    }
}
