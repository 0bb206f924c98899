#include "lib/lead/lead.h"

/* Which state a ZIP lies in. The first three digits tell, but for a few ZIPs that are served across a border. */

struct range {
	unsigned from, to; /* both included */
	char state[3];
};

static const struct range prefixes[] = {
	{ 5, 5, "NY" },     { 6, 7, "PR" },     { 8, 8, "VI" },     { 9, 9, "PR" },     { 10, 27, "MA" },   { 28, 29, "RI" },
	{ 30, 38, "NH" },   { 39, 49, "ME" },   { 50, 54, "VT" },   { 55, 55, "MA" },   { 56, 59, "VT" },   { 60, 69, "CT" },
	{ 70, 89, "NJ" },   { 90, 98, "AE" },   { 100, 149, "NY" }, { 150, 196, "PA" }, { 197, 199, "DE" }, { 200, 200, "DC" },
	{ 201, 201, "VA" }, { 202, 205, "DC" }, { 206, 212, "MD" }, { 214, 219, "MD" }, { 220, 246, "VA" }, { 247, 268, "WV" },
	{ 270, 289, "NC" }, { 290, 299, "SC" }, { 300, 319, "GA" }, { 320, 339, "FL" }, { 340, 340, "AA" }, { 341, 342, "FL" },
	{ 344, 344, "FL" }, { 346, 347, "FL" }, { 349, 349, "FL" }, { 350, 352, "AL" }, { 354, 369, "AL" }, { 370, 385, "TN" },
	{ 386, 397, "MS" }, { 398, 399, "GA" }, { 400, 418, "KY" }, { 420, 427, "KY" }, { 430, 459, "OH" }, { 460, 479, "IN" },
	{ 480, 499, "MI" }, { 500, 516, "IA" }, { 520, 528, "IA" }, { 530, 532, "WI" }, { 534, 535, "WI" }, { 537, 549, "WI" },
	{ 550, 551, "MN" }, { 553, 567, "MN" }, { 569, 569, "DC" }, { 570, 577, "SD" }, { 580, 588, "ND" }, { 590, 599, "MT" },
	{ 600, 620, "IL" }, { 622, 629, "IL" }, { 630, 631, "MO" }, { 633, 641, "MO" }, { 644, 658, "MO" }, { 660, 662, "KS" },
	{ 664, 679, "KS" }, { 680, 681, "NE" }, { 683, 693, "NE" }, { 700, 701, "LA" }, { 703, 708, "LA" }, { 710, 714, "LA" },
	{ 716, 729, "AR" }, { 730, 731, "OK" }, { 733, 733, "TX" }, { 734, 741, "OK" }, { 743, 749, "OK" }, { 750, 770, "TX" },
	{ 772, 799, "TX" }, { 800, 816, "CO" }, { 820, 831, "WY" }, { 832, 838, "ID" }, { 840, 847, "UT" }, { 850, 853, "AZ" },
	{ 855, 857, "AZ" }, { 859, 860, "AZ" }, { 863, 865, "AZ" }, { 870, 875, "NM" }, { 877, 884, "NM" }, { 885, 885, "TX" },
	{ 889, 891, "NV" }, { 893, 895, "NV" }, { 897, 898, "NV" }, { 900, 908, "CA" }, { 910, 928, "CA" }, { 930, 961, "CA" },
	{ 962, 966, "AP" }, { 967, 968, "HI" }, { 969, 969, "GU" }, { 970, 979, "OR" }, { 980, 986, "WA" }, { 988, 994, "WA" },
	{ 995, 999, "AK" },
};

static const struct range exceptions[] = {
	{ 6390, 6390, "NY" },   /* Fishers Island */
	{ 20588, 20588, "MD" }, { 20598, 20598, "VA" }, /* offices of the government */
	{ 73960, 73960, "TX" }, /* Texhoma */
	{ 83414, 83414, "WY" }, /* Alta */
	{ 96799, 96799, "AS" },
	{ 96939, 96940, "PW" }, { 96941, 96944, "FM" }, { 96950, 96952, "MP" }, { 96960, 96970, "MH" },
};

static const char *find(const struct range *ranges, size_t n, unsigned code)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (code >= ranges[i].from && code <= ranges[i].to)
			return ranges[i].state;
	return NULL;
}

struct str lead_zip_state(struct str zip)
{
	unsigned code = 0;
	const char *state;
	size_t i;

	if (zip.n != 5)
		return STR("");
	for (i = 0; i < zip.n; i++) {
		if (zip.p[i] < '0' || zip.p[i] > '9')
			return STR("");
		code = code * 10 + (unsigned)(zip.p[i] - '0');
	}
	state = find(exceptions, sizeof(exceptions) / sizeof(exceptions[0]), code);
	if (state == NULL)
		state = find(prefixes, sizeof(prefixes) / sizeof(prefixes[0]), code / 100);
	return state != NULL ? (struct str){ state, 2 } : STR("");
}
