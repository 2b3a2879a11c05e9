// Runs CUDA kernels on a CPU, one block after the other, each of its threads up to the next barrier in turn: enough for what
// Kernels/*.cu use. Compiled with the kernels' source as kernels.cu beside it.
#include <cmath>
#include <cstring>
#include <ucontext.h>
#include <vector>

#define __global__
#define __device__
#define __shared__
#define __launch_bounds__(threads)
#define __align__(bytes) alignas(bytes)

struct Index { unsigned int x, y; };
struct alignas(16) float4 { float x, y, z, w; };

static Index threadIdx, blockIdx, gridDim, blockDim;
static float shared[1 << 14];
static ucontext_t scheduler;
static std::vector<ucontext_t> threads;
static std::vector<char> stacks;
static std::vector<bool> ended;
static void (*kernel)(void **);
static void **arguments;
static const size_t StackBytes = 1 << 15;

static void __syncthreads() { swapcontext(&threads[threadIdx.x], &scheduler); }
static void __threadfence() {}
static float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static float4 __ldcg(const float4 *from) { return *from; }
static float rsqrtf(float x) { return 1 / std::sqrt(x); }
static unsigned int atomicAdd(unsigned int *to, unsigned int more) { unsigned int before = *to; *to += more; return before; }
static float __uint_as_float(unsigned int bits) { float x; memcpy(&x, &bits, 4); return x; }
static unsigned int __float_as_uint(float x) { unsigned int bits; memcpy(&bits, &x, 4); return bits; }

#include "kernels.cu"

template <class T> static T &argument(int i) { return *(T *)arguments[i]; }

// What each file alone is compiled for tells which it is.
#if defined(COEFFICIENTS)
static void run_moments(void **)
{
    moments(argument<const bf16 *>(0), argument<const float *>(1), argument<const float *>(2), argument<float *>(3), argument<float *>(4),
        argument<unsigned int *>(5), argument<Shape>(6));
}

static void run_apply(void **)
{
    apply(argument<const bf16 *>(0), argument<const float *>(1), argument<bf16 *>(2), argument<Shape>(3));
}

static void run_sums(void **)
{
    sums(argument<const bf16 *>(0), argument<const bf16 *>(1), argument<float *>(2), argument<float *>(3), argument<float *>(4), argument<float *>(5),
        argument<float *>(6), argument<unsigned int *>(7), argument<Shape>(8));
}

static void run_spread(void **)
{
    spread(argument<const bf16 *>(0), argument<const bf16 *>(1), argument<const float *>(2), argument<const float *>(3), argument<bf16 *>(4), argument<Shape>(5));
}

static void run_normalise(void **)
{
    normalise(argument<const bf16 *>(0), argument<const float *>(1), argument<const float *>(2), argument<float *>(3), argument<bf16 *>(4), argument<Shape>(5));
}

static void run_differentiate(void **)
{
    differentiate(argument<const bf16 *>(0), argument<const bf16 *>(1), argument<float *>(2), argument<float *>(3), argument<float *>(4), argument<float *>(5),
        argument<bf16 *>(6), argument<Shape>(7));
}

static const struct { const char *name; void (*run)(void **); } kernels[] = {
    {"moments", run_moments}, {"apply", run_apply}, {"normalise", run_normalise}, {"sums", run_sums}, {"spread", run_spread}, {"differentiate", run_differentiate},
};
#elif !defined(PIECES)
static void run_unfold(void **)
{
    unfold(argument<const bf16 *>(0), argument<bf16 *>(1), argument<Shape>(2));
}

static void run_fold(void **)
{
    fold(argument<const bf16 *>(0), argument<bf16 *>(1), argument<Shape>(2));
}

static const struct { const char *name; void (*run)(void **); } kernels[] = {{"unfold", run_unfold}, {"fold", run_fold}};
#else
static void run_gather(void **)
{
    gather(argument<float *>(0), argument<Pieces>(1));
}

static void run_adam(void **)
{
    adam(argument<float *>(0), argument<const float *>(1), argument<float *>(2), argument<float *>(3), argument<Rates>(4));
}

static const struct { const char *name; void (*run)(void **); } kernels[] = {{"gather", run_gather}, {"adam", run_adam}};
#endif

static void thread()
{
    kernel(arguments);
    ended[threadIdx.x] = true;
}

extern "C" int launch(const char *name, unsigned int columns, unsigned int rows, unsigned int count, unsigned int sharedBytes, void **given)
{
    kernel = nullptr;
    for (auto &known : kernels)
    {
        kernel = strcmp(name, known.name) ? kernel : known.run;
    }

    if (!kernel || sharedBytes > sizeof shared)
    {
        return 1;
    }

    arguments = given;
    gridDim = {columns, rows};
    blockDim = {count, 1};
    threads.resize(count);
    stacks.resize(count * StackBytes);
    for (blockIdx.y = 0; blockIdx.y < rows; blockIdx.y++)
    {
        for (blockIdx.x = 0; blockIdx.x < columns; blockIdx.x++)
        {
            // As a GPU leaves it: of the block before, or anything.
            memset(shared, 0x7f, sizeof shared);
            ended.assign(count, false);
            for (unsigned int i = 0; i < count; i++)
            {
                getcontext(&threads[i]);
                threads[i].uc_stack.ss_sp = stacks.data() + i * StackBytes;
                threads[i].uc_stack.ss_size = StackBytes;
                threads[i].uc_link = &scheduler;
                makecontext(&threads[i], thread, 0);
            }

            for (unsigned int left = count; left > 0;)
            {
                left = 0;
                for (threadIdx.x = 0; threadIdx.x < count; threadIdx.x++)
                {
                    if (!ended[threadIdx.x])
                    {
                        swapcontext(&scheduler, &threads[threadIdx.x]);
                        left += !ended[threadIdx.x];
                    }
                }
            }
        }
    }

    return 0;
}
