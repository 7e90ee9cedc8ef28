/* What all stores share. */
#include "core/store.h"

#include <stdlib.h>

void idem_finish(struct idem *idem)
{
	free(idem->body);
	idem->body = NULL;
}
