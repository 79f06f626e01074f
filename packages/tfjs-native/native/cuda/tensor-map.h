// What host code gives a kernel so that the copy engine finds tiles.
#pragma once

/** Where the copy engine finds the tiles of an operand: made by the device, and read by it alone.
 */
struct alignas(64) TensorMap {
  unsigned char bytes[128];
};
