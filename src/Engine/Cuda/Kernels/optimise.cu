// Of all parameters, in float32: their gradient, put together of its pieces, and a step of Adam.

// Compiled for each of these:
//   THREADS     in a block
//   PIECES      at most, at once

// Of a gradient, each where its parameter lies; float32 or bfloat16.
struct Pieces
{
    const void *from[PIECES];
    int to[PIECES], count[PIECES];
    int narrow; // Whether they are bfloat16.
};

// One row of blocks a piece.
extern "C" __global__ void __launch_bounds__(THREADS) gather(float *gradient, Pieces pieces)
{
    const void *from = pieces.from[blockIdx.y];
    float *to = gradient + pieces.to[blockIdx.y];
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < pieces.count[blockIdx.y]; i += gridDim.x * blockDim.x)
    {
        to[i] = pieces.narrow ? wide(((const bf16 *)from)[i]) : ((const float *)from)[i];
    }
}

struct Rates
{
    int count;
    float beta1, beta2, rest1, rest2; // The rests: 1 less these.
    float correction;                 // Of the second moment: sqrt(1 - beta2^t).
    float epsilon;
    float step; // The rate over the first moment's correction.
};

extern "C" __global__ void __launch_bounds__(THREADS) adam(float *parameters, const float *gradient, float *first, float *second, Rates r)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < r.count)
    {
        float g = gradient[i];
        float m = r.beta1 * first[i] + r.rest1 * g, v = r.beta2 * second[i] + r.rest2 * g * g;
        first[i] = m;
        second[i] = v;
        parameters[i] -= r.step * m / (sqrtf(v) / r.correction + r.epsilon);
    }
}
