#include "lib/lead/field.h"

/* The types that are codes somebody else hands out: places, and the numbers of people and banks. */

struct state {
	const char code[3];
	const char *name;
};

static const struct state states[] = {
	{ "AL", "Alabama" }, { "AK", "Alaska" }, { "AZ", "Arizona" }, { "AR", "Arkansas" }, { "CA", "California" },
	{ "CO", "Colorado" }, { "CT", "Connecticut" }, { "DE", "Delaware" }, { "DC", "District of Columbia" },
	{ "FL", "Florida" }, { "GA", "Georgia" }, { "HI", "Hawaii" }, { "ID", "Idaho" }, { "IL", "Illinois" },
	{ "IN", "Indiana" }, { "IA", "Iowa" }, { "KS", "Kansas" }, { "KY", "Kentucky" }, { "LA", "Louisiana" },
	{ "ME", "Maine" }, { "MD", "Maryland" }, { "MA", "Massachusetts" }, { "MI", "Michigan" }, { "MN", "Minnesota" },
	{ "MS", "Mississippi" }, { "MO", "Missouri" }, { "MT", "Montana" }, { "NE", "Nebraska" }, { "NV", "Nevada" },
	{ "NH", "New Hampshire" }, { "NJ", "New Jersey" }, { "NM", "New Mexico" }, { "NY", "New York" },
	{ "NC", "North Carolina" }, { "ND", "North Dakota" }, { "OH", "Ohio" }, { "OK", "Oklahoma" }, { "OR", "Oregon" },
	{ "PA", "Pennsylvania" }, { "RI", "Rhode Island" }, { "SC", "South Carolina" }, { "SD", "South Dakota" },
	{ "TN", "Tennessee" }, { "TX", "Texas" }, { "UT", "Utah" }, { "VT", "Vermont" }, { "VA", "Virginia" },
	{ "WA", "Washington" }, { "WV", "West Virginia" }, { "WI", "Wisconsin" }, { "WY", "Wyoming" },
	{ "AS", "American Samoa" }, { "GU", "Guam" }, { "MP", "Northern Mariana Islands" }, { "PR", "Puerto Rico" },
	{ "VI", "Virgin Islands" }, { "FM", "Micronesia" }, { "MH", "Marshall Islands" }, { "PW", "Palau" },
	{ "AA", "Armed Forces Americas" }, { "AE", "Armed Forces Europe" }, { "AP", "Armed Forces Pacific" },
	/* Names that are also in use. */
	{ "DC", "Washington DC" }, { "VI", "U.S. Virgin Islands" }, { "FM", "Federated States of Micronesia" },
};

/* ISO 3166-1 alpha-2, two letters each. */
static const char countries[] =
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQ"
    "BRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDM"
    "DODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGS"
    "GTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKN"
    "KPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQ"
    "MRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPM"
    "PNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSV"
    "SXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVI"
    "VNVUWFWSYEYTZAZMZW";

/* The digits of s, whose other characters must all stand in `between`; n is how many, or 0 when there are others or too many. */
static size_t digits_of(struct str s, const char *between, char *digits, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9') {
			if (n == max)
				return 0;
			digits[n++] = s.p[i];
		} else if (s.p[i] == '\0' || strchr(between, s.p[i]) == NULL) {
			return 0;
		}
	}
	return n;
}

static struct value digits_value(const struct field_check *c, const char *digits, size_t n)
{
	return value_text((struct str){ arena_copy(c->arena, digits, n), n });
}

/* Five digits only: which of a ZIP+4's buyers take the last four is for nobody to guess. */
const char *field_zip(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	char digits[5];

	(void)f;
	if (digits_of(s, "", digits, sizeof(digits)) != sizeof(digits))
		return "a ZIP of five digits";
	*out = digits_value(c, digits, sizeof(digits));
	return NULL;
}

const char *field_state(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	(void)c;
	(void)f;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (str_eq_nocase(s, str_of(states[i].code)) || str_eq_nocase(s, str_of(states[i].name))) {
			*out = value_text(str_of(states[i].code));
			return NULL;
		}
	return "a state of the USA, by its two letters or its name";
}

const char *field_country(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	(void)c;
	(void)f;
	for (size_t i = 0; s.n == 2 && i < sizeof(countries) - 1; i += 2)
		if (str_eq_nocase(s, (struct str){ countries + i, 2 })) {
			*out = value_text((struct str){ countries + i, 2 });
			return NULL;
		}
	return "a country's two letters (ISO 3166)";
}

/* Never issued: area 000, 666 and 900 up, group 00, serial 0000. */
const char *field_ssn(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	static const char right[] = "a social security number of nine digits";
	char d[9];

	(void)f;
	if (digits_of(s, "- ", d, sizeof(d)) != sizeof(d))
		return right;
	if (s.n != 9 && (s.n != 11 || s.p[3] != s.p[6] || s.p[3] >= '0' || s.p[6] >= '0'))
		return right;
	if (d[0] == '9' || memcmp(d, "000", 3) == 0 || memcmp(d, "666", 3) == 0)
		return right;
	if (memcmp(d + 3, "00", 2) == 0 || memcmp(d + 5, "0000", 4) == 0)
		return right;
	*out = digits_value(c, d, sizeof(d));
	return NULL;
}

/* A Federal Reserve prefix, and digits weighted 3, 7, 1 that add up to a multiple of ten. */
const char *field_aba(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	static const char right[] = "a routing number of nine digits";
	static const int weight[3] = { 3, 7, 1 };
	int sum = 0, prefix;
	char d[9];

	(void)f;
	if (s.n != sizeof(d) || digits_of(s, "", d, sizeof(d)) != sizeof(d))
		return right;
	for (int i = 0; i < 9; i++)
		sum += (d[i] - '0') * weight[i % 3];
	prefix = (d[0] - '0') * 10 + (d[1] - '0');
	if (sum == 0 || sum % 10 != 0)
		return right;
	if (!(prefix <= 12 || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix == 80))
		return right;
	*out = digits_value(c, d, sizeof(d));
	return NULL;
}

const char *field_bank_account(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	char digits[17];
	size_t n = digits_of(s, "- ", digits, sizeof(digits));

	(void)f;
	if (n < 4)
		return "an account number of 4 to 17 digits";
	*out = digits_value(c, digits, n);
	return NULL;
}
