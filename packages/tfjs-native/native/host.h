// The program that loaded the addon.
#pragma once

/**
 * Keeps the library loaded when the worker that loaded it ends: the pool's threads run its code.
 */
#ifdef _WIN32
void stay_loaded();
#else
inline void stay_loaded() {}  // the linker's flag nodelete; macOS never unloads what has
                              // thread-local variables with destructors
#endif
