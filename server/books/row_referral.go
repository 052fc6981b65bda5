package books

import (
	"time"

	"tuppence/server/ledger"
)

// referralRow is what was agreed with a vendor for the users that it brings.
type referralRow struct {
	Rate    uint32        `cbor:"1,keyasint,omitempty" since:"2"`
	Life    time.Duration `cbor:"2,keyasint,omitempty" since:"2"`
	Cap     int64         `cbor:"3,keyasint,omitempty" since:"2"`
	Since   instant       `cbor:"4,keyasint,omitempty" since:"2"`
	Version uint32        `cbor:"5,keyasint,omitempty" since:"2"`
}

func packReferral(r ledger.Referral) *referralRow {
	if r == (ledger.Referral{}) {
		return nil
	}
	return &referralRow{Rate: r.Rate, Life: r.Life, Cap: r.Cap, Since: pack(r.Since), Version: r.Version}
}

func (r *referralRow) unpack() ledger.Referral {
	if r == nil {
		return ledger.Referral{}
	}
	return ledger.Referral{Rate: r.Rate, Life: r.Life, Cap: r.Cap, Since: r.Since.time(), Version: r.Version}
}

// referredRow is who has brought a user.
type referredRow struct {
	Vendor ledger.VendorID `cbor:"1,keyasint,omitempty" since:"2"`
	Until  instant         `cbor:"2,keyasint,omitempty" since:"2"`
	Earned []money         `cbor:"3,keyasint,omitempty" since:"2"`
}

func packReferred(r ledger.Referred) *referredRow {
	if r.Vendor == 0 && r.Until.IsZero() && len(r.Earned) == 0 {
		return nil
	}
	return &referredRow{Vendor: r.Vendor, Until: pack(r.Until), Earned: each(r.Earned, packMoney)}
}

func (r *referredRow) unpack() ledger.Referred {
	if r == nil {
		return ledger.Referred{}
	}
	return ledger.Referred{Vendor: r.Vendor, Until: r.Until.time(), Earned: each(r.Earned, money.unpack)}
}

// rewardRow is what a sale owes to who has brought its buyer.
type rewardRow struct {
	Vendor ledger.VendorID `cbor:"1,keyasint,omitempty" since:"2"`
	Rate   uint32          `cbor:"2,keyasint,omitempty" since:"2"`
	Micros int64           `cbor:"3,keyasint,omitempty" since:"2"`
}

func packReward(r ledger.Reward) *rewardRow {
	if r == (ledger.Reward{}) {
		return nil
	}
	row := rewardRow(r)
	return &row
}

func (r *rewardRow) unpack() ledger.Reward {
	if r == nil {
		return ledger.Reward{}
	}
	return ledger.Reward(*r)
}

// referralStepRow is what an entry says of a referral.
type referralStepRow struct {
	Act    string          `cbor:"1,keyasint,omitempty" since:"2"`
	Vendor ledger.VendorID `cbor:"2,keyasint,omitempty" since:"2"`
	Terms  *referralRow    `cbor:"3,keyasint,omitempty" since:"2"`
	Until  instant         `cbor:"4,keyasint,omitempty" since:"2"`
}

func packReferralStep(s *ledger.ReferralStep) *referralStepRow {
	if s == nil {
		return nil
	}
	return &referralStepRow{Act: s.Act, Vendor: s.Vendor, Terms: packReferral(s.Terms), Until: pack(s.Until)}
}

func (r *referralStepRow) unpack() *ledger.ReferralStep {
	if r == nil {
		return nil
	}
	return &ledger.ReferralStep{Act: r.Act, Vendor: r.Vendor, Terms: r.Terms.unpack(), Until: r.Until.time()}
}
