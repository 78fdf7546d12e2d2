/// A date and time as MS-DOS and cabinets keep it: two-second steps from 1980 to 2107, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DosTime {
    /// `(year - 1980) << 9 | month << 5 | day`.
    pub date: u16,
    /// `hour << 11 | minute << 5 | second / 2`.
    pub time: u16,
}

const SECONDS_PER_DAY: i64 = 86_400;

impl DosTime {
    /// The earliest time, 1980-01-01 00:00:00.
    pub const MINIMUM: Self = Self {
        date: 0x0021,
        time: 0,
    };
    /// The latest time, 2107-12-31 23:59:58.
    pub const MAXIMUM: Self = Self {
        date: 0xff9f,
        time: 0xbf7d,
    };

    /// The UTC time of a Unix time stamp in seconds, rounded down to an even second; times outside of the
    /// representable range become the nearest end of it.
    pub fn from_unix(seconds: i64) -> Self {
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        if year < 1980 {
            return Self::MINIMUM;
        }
        if year > 2107 {
            return Self::MAXIMUM;
        }
        let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (
            second_of_day / 3600,
            second_of_day / 60 % 60,
            second_of_day % 60,
        );
        Self {
            date: ((year - 1980) << 9 | month << 5 | day) as u16,
            time: (hour << 11 | minute << 5 | (second / 2)) as u16,
        }
    }
}

/// Year, month and day of the proleptic Gregorian calendar for a number of days since 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // Counted from 0000-03-01, a leap day is the last day of its year.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        assert_eq!(DosTime::from_unix(0), DosTime::MINIMUM);
        assert_eq!(
            DosTime::from_unix(i64::from(u32::MAX) * 4),
            DosTime::MAXIMUM
        );
        // 2026-11-23 14:16:21 UTC
        let time = DosTime::from_unix(1_795_443_381);
        assert_eq!(time.date, (46 << 9) | (11 << 5) | 23);
        assert_eq!(time.time, (14 << 11) | (16 << 5) | 10);
    }

    #[test]
    fn leap_day() {
        // 2024-02-29 00:00:00 UTC
        assert_eq!(
            DosTime::from_unix(1_709_164_800).date,
            (44 << 9) | (2 << 5) | 29
        );
    }
}
