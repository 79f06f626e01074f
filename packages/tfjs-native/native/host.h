// The program that loaded the addon.
#pragma once

/** The pool's threads run code of the library: it must stay when the worker that loaded it ends. */
#ifdef _WIN32
void stay_loaded();
#else
inline void stay_loaded() {}  // the linker's flag nodelete; macOS never unloads what has
                              // thread-local variables with destructors
#endif
