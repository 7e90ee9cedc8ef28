#include "receipt.h"

FUZZ_RECEIPT(engine_receiptline)
