/*
 * The tables of the store on SQLite and every statement about them.
 *
 * A job is one row for its whole life, its document a row of another table, so
 * that settling a job never touches its bytes. `phase` sums up what is left of
 * a job; one small index on it answers which jobs are open (in order of id),
 * which documents and which records are old.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "store/db.h"

/* What is left of a job. */
enum phase { PHASE_OPEN, PHASE_ENDED, PHASE_BARE /* ended, its document forgotten */ };

enum sql {
	SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK, SQL_SAVE, SQL_UNSAVE, SQL_UNDO, SQL_PUT_JOB,
	SQL_SET_OPEN_JOB, SQL_SET_JOB, SQL_GET_JOB, SQL_EACH_JOB, SQL_EACH_OPEN, SQL_MAX_ID,
	SQL_NEW_SERIAL, SQL_PUT_DOCUMENT, SQL_GET_DOCUMENT, SQL_PUT_NOTE, SQL_EACH_NOTE,
	SQL_GET_IDEM, SQL_PUT_IDEM,
	SQL_DROP_IDEM, SQL_PUT_PRINTER, SQL_DROP_PRINTER, SQL_EACH_PRINTER,
	SQL_PUT_VALUE,
	SQL_DROP_VALUE,
	SQL_GET_VALUE,
	SQL_EACH_VALUE,
	SQL_FORGET_DOCUMENTS, SQL_FORGOT_DOCUMENTS, SQL_MARK_MAX_ID,
	SQL_FORGET_RECORD_DOCUMENTS, SQL_FORGET_NOTES, SQL_FORGET_RECORDS, SQL_FORGET_KEYS,
	SQL_STATEMENTS,
};

extern const struct db_schema sql_schema;

#endif
