// A call of decodeTokens in the device's memory: one copy.
#pragma once
#include "../../ops.h"
#include "device-memory.h"

namespace icrl_gpu {

/** Valid until the next call, or until working memory is released. */
struct UploadedCall {
  DecodeCall* call;  // at the same place for many calls, since steps that were recorded name it
  const int32_t* numbers;  // of the pages of all sequences
  size_t pages;
  const CacheSlab* slabs;  // [layers][slabCount]
};
UploadedCall upload_call(const Args& args);
/** Bytes of memory that it holds. */
size_t call_bytes();
/** Gives the memory back. */
void release_call();

}  // namespace icrl_gpu
