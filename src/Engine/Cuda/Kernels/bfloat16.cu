// Comes before each of the others: bfloat16 as its bits.

typedef unsigned short bf16;

__device__ inline float wide(bf16 x)
{
    return __uint_as_float((unsigned int)x << 16);
}

__device__ inline bf16 narrow(float x)
{
    // To the nearest, halves to even; what is no number stays none.
#if __CUDA_ARCH__ >= 900
    bf16 bits;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
    return bits;
#else
    unsigned int bits = __float_as_uint(x);
    return x != x ? (bf16)0x7fff : (bf16)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
#endif
}

