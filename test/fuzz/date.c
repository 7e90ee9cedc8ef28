/*
 * What is accepted as a date is a moment whose canonical text is the same
 * moment; a number is itself.
 */
#include "base/date.h"

#include <string.h>

#include "fuzz.h"

#define YEAR_0 (-62167219200000)
#define YEAR_10000 253402300800000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = { (const char *)bytes, size };
	int64_t wall_ms, again;
	char canonical[32];
	if (!date_parse(text, &wall_ms))
		return 0;
	date_format(wall_ms, canonical);
	MUST(strlen(canonical) < sizeof(canonical));
	if (wall_ms >= YEAR_0 && wall_ms < YEAR_10000)
		MUST(date_parse(str_of(canonical), &again) && again == wall_ms);
	int64_t number;
	MUST(!str_to_i64(str_trim(text), &number) || number == wall_ms);
	return 0;
}
