//! How many logins a while may hold. Pure: the caller says what time it is.

use trtc_base::units::Micros;

/// At most `most` in any window of `per`; a window starts with the first login after the last one's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    most: u32,
    per: Micros,
}

/// What a limit remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    began: Micros,
    taken: u32,
}

/// Whether there was room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There was, and it is taken.
    Taken,
    /// The window is full.
    Full,
}

impl Limit {
    /// At most `most` logins in each second.
    pub(super) const fn each_second(most: u32) -> Self {
        Self {
            most,
            per: Micros::from_secs(1),
        }
    }

    /// At most `most` logins in each minute.
    pub(super) const fn each_minute(most: u32) -> Self {
        Self {
            most,
            per: Micros::from_secs(60),
        }
    }

    /// Takes a place in the window that `now` falls into, where one is free.
    pub(super) fn take(&self, window: &mut Window, now: Micros) -> Room {
        if window.taken == 0 || now.since(window.began) >= self.per {
            *window = Window {
                began: now,
                taken: 0,
            };
        }
        if window.taken >= self.most {
            return Room::Full;
        }
        window.taken += 1;
        Room::Taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_full_after_its_share_and_empty_after_its_time() {
        let limit = Limit::each_second(2);
        let mut window = Window::default();
        for (at_ms, room) in [
            (500, Room::Taken),
            (600, Room::Taken),
            (700, Room::Full),
            (1_499, Room::Full),
            (1_500, Room::Taken),
            (2_499, Room::Taken),
            (2_499, Room::Full),
            (2_500, Room::Taken),
        ] {
            assert_eq!(
                limit.take(&mut window, Micros::from_millis(at_ms)),
                room,
                "{at_ms} ms"
            );
        }
    }

    #[test]
    fn a_limit_of_nothing_lets_nothing_through() {
        assert_eq!(
            Limit::each_minute(0).take(&mut Window::default(), Micros::ZERO),
            Room::Full
        );
    }
}
