/* Most words are core/job's; evidences and errors have none that reads back. */
#include "store/word.h"

const char *word_kind(enum job_kind kind)
{
	return job_kind_name(kind);
}

const char *word_state(enum job_state state)
{
	return job_state_name(state);
}

const char *word_hold(enum hold hold)
{
	return hold_name(hold);
}

const char *word_on_doubt(enum on_doubt doubt)
{
	return on_doubt_name(doubt);
}

const char *word_evidence(enum evidence evidence)
{
	const char *grade = evidence_grade(evidence);

	return *grade ? grade : evidence_name(evidence);
}

const char *word_err(enum err err)
{
	return err == E_OK ? "" : err_name(err);
}

bool word_read_kind(struct str word, enum job_kind *kind)
{
	return job_kind_parse(word, kind);
}

bool word_read_state(struct str word, enum job_state *state)
{
	return job_state_parse(word, state);
}

bool word_read_hold(struct str word, enum hold *hold)
{
	return hold_parse(word, hold);
}

bool word_read_on_doubt(struct str word, enum on_doubt *doubt)
{
	return on_doubt_parse(word, doubt);
}

bool word_read_evidence(struct str word, enum evidence *evidence)
{
	for (int i = 0; i < EVIDENCES; i++) {
		if (str_is(word, word_evidence((enum evidence)i))) {
			*evidence = (enum evidence)i;
			return true;
		}
	}
	return false;
}

bool word_read_err(struct str word, enum err *err)
{
	for (int i = 0; i < ERR_COUNT; i++) {
		if (str_is(word, word_err((enum err)i))) {
			*err = (enum err)i;
			return true;
		}
	}
	return false;
}
