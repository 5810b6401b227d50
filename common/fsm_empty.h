/* fsm_empty.h -- first line of a machine's .def: whatever list the includer did
 * not ask for is nothing.  No include guard on purpose. */
#ifndef STATE
#define STATE(name, help)
#endif
#ifndef FINAL
#define FINAL(name)
#endif
#ifndef EVENT
#define EVENT(name, help)
#endif
#ifndef ROW
#define ROW(state, event, guard, action, next)
#endif
#ifndef TIMER
#define TIMER(state, event, duration)
#endif
#ifndef IGNORE
#define IGNORE(state, event, why)
#endif
