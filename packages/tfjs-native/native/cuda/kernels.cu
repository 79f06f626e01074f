// All kernels: the one file that nvcc compiles.
#include "rows.cuh"
#include "elements.cuh"
#include "gemm-f32.cuh"
#include "attention-f32.cuh"
#include "attention-f32-gradient.cuh"
#include "head-f32.cuh"
#include "parameters.cuh"
#include "tensor-core.cuh"
