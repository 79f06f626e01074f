// The kernels of one instruction set, in the order of `OpIndex`.
#include "../isa/vector.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

#define ICRL_DECLARE(name, ...) void name(const Args&);
ICRL_OPS(ICRL_DECLARE)
#undef ICRL_DECLARE

extern const OpTable op_table = {{
#define ICRL_ENTRY(name, ...) name,
    ICRL_OPS(ICRL_ENTRY)
#undef ICRL_ENTRY
}};

}  // namespace ICRL_NAMESPACE
