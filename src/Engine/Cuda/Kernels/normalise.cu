// Batch norm of one picture with what lies around it in a network, in bfloat16, channels-last: bilinear doubling before it; activation and
// reflection beyond the borders after it. Four kernels: moments, apply; and of the gradient sums, spread. Of small pictures the first two are
// one, normalise, and the last two another, differentiate: then a block has some channels to itself, and none waits for another. Sums are in
// float32 and in a fixed order, so that the same input gives the same bits.
//
//   u = D x        D: bilinear doubling, or nothing       x: [height, width, channels]
//   v = a u + b    a = scale / sqrt(var u + eps), b = shift - a mean u
//   y = P f(v)     f: activation; P: BORDER pixels of reflection
//
// Of doubling only three things are needed. Its adjoint D' takes 1/4, 3/4, 3/4, 1/4 of the doubled values around each place, along each axis,
// the borders' values repeated; D'D weighs neighbours by 3/8, 5/4, 3/8, likewise; and D'1 = 4. So mean u = mean x and var u = mean (x - m) D'D (x - m) / 4.

// Compiled for each of these, so that what is not asked for costs nothing:
//   THREADS     in a block
//   BATCH       pixels whose values a thread asks for before it uses the first
//   VECTOR      values that a thread reads at once: 4 or 8, of which all counts of channels are multiples
//   COEFFICIENTS  of a channel, that are kept
//   DOUBLED     whether u is twice as high and wide as x: 0 or 1; then without activation
//   BORDER      pixels of reflection on each side
//   ACTIVATION  0 none, 1 LeakyReLU (ReLU, with a slope of 0), 2 ELU, 3 SiLU

struct Shape
{
    int height, width, channels; // Of x.
    int stride;                  // Values from a pixel of x to the next: its channels, and more that are nobody's.
    int room;                    // Channels of y, some of which are another x's.
    int offset, cover;           // The first and the count of those that are made of this x; those that it has no channels for are 0.
    float slope;                 // Of LeakyReLU; 0 is ReLU.
    float epsilon;
};

struct __align__(2 * VECTOR) Pack
{
    bf16 at[VECTOR];
};

// Of each channel, after `moments`: mean, 1 / sqrt(var + eps), a, b; after `sums`: what `spread` adds, and weighs u with.
enum { Mean, Inverse, A, B, Constant, Weight, Coefficients };

// No such array where memory is asked for by another count. (Before CUDA 12 NVRTC knows no static_assert.)
typedef char SameCount[Coefficients == COEFFICIENTS ? 1 : -1];

// Threads that go through a line of a small picture together.
const int Line = 32;

__device__ inline int clamped(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

__device__ inline float activated(float v, const Shape &s)
{
    return ACTIVATION == 0 || (v > 0 && ACTIVATION < 3) ? v : ACTIVATION == 1 ? v * s.slope : ACTIVATION == 2 ? expm1f(v) : v / (1 + expf(-v));
}

__device__ inline float slope(float v, const Shape &s)
{
    if (ACTIVATION == 0 || (v > 0 && ACTIVATION < 3))
    {
        return 1;
    }

    float sigmoid = 1 / (1 + expf(-v));
    return ACTIVATION == 1 ? s.slope : ACTIVATION == 2 ? expf(v) : sigmoid * (1 + v * (1 - sigmoid));
}

__device__ inline Pack load(const bf16 *from)
{
    return *(const Pack *)from;
}

__device__ inline void add(float *sum, float weight, const Pack &pack)
{
    for (int i = 0; i < VECTOR; i++)
    {
        sum[i] += weight * wide(pack.at[i]);
    }
}

// Where the channels from c on of a pixel of x are, and of its gradient.
__device__ inline long long place(int y, int x, int c, const Shape &s)
{
    return ((long long)y * s.width + x) * s.stride + c;
}

// The same of y, at a line and a column that count its border.
__device__ inline long long placed(int line, int column, int c, const Shape &s)
{
    return ((long long)line * ((s.width << DOUBLED) + 2 * BORDER) + column) * s.room + s.offset + c;
}

// D'D x, at (y, x), of VECTOR channels from c on.
__device__ inline void smoothed(float *sum, const bf16 *values, int y, int x, int c, const Shape &s)
{
    const float weights[3] = {0.375f, 1.25f, 0.375f};
    for (int i = 0; i < 3; i++)
    {
        for (int j = 0; j < 3; j++)
        {
            add(sum, weights[i] * weights[j], load(values + place(clamped(y + i - 1, s.height), clamped(x + j - 1, s.width), c, s)));
        }
    }
}

// u, at (y, x), of VECTOR channels from c on.
__device__ inline void upsampled(float *sum, const bf16 *values, int y, int x, int c, const Shape &s)
{
    if (!DOUBLED)
    {
        add(sum, 1, load(values + place(y, x, c, s)));
        return;
    }

    for (int i = 0; i < 2; i++)
    {
        // The nearer of the two first.
        int row = clamped(y / 2 + (i == 0 ? 0 : y % 2 == 0 ? -1 : 1), s.height);
        for (int j = 0; j < 2; j++)
        {
            int column = clamped(x / 2 + (j == 0 ? 0 : x % 2 == 0 ? -1 : 1), s.width);
            add(sum, (i == 0 ? 0.75f : 0.25f) * (j == 0 ? 0.75f : 0.25f), load(values + place(row, column, c, s)));
        }
    }
}

// Which lines of y, of n + 2 BORDER, are copies of line i of u: itself, and at most two in the border.
__device__ inline int copies(int *lines, int i, int n)
{
    int count = 0;
    lines[count++] = i + BORDER;
    if (i > 0 && i <= BORDER)
    {
        lines[count++] = BORDER - i;
    }

    if (i < n - 1 && i >= n - 1 - BORDER)
    {
        lines[count++] = BORDER + 2 * (n - 1) - i;
    }

    return count;
}

// Adds to the gradient with respect to f(v), at (y, x) of u, what arrives from the border: P' of that of y, but for the pixel's own.
__device__ inline void mirrored(float *sum, float weight, const bf16 *gradient, int y, int x, int c, const Shape &s)
{
    int height = s.height << DOUBLED, width = s.width << DOUBLED;
    if (BORDER == 0 || (y > BORDER && y < height - 1 - BORDER && x > BORDER && x < width - 1 - BORDER))
    {
        return;
    }

    int rows[3], columns[3];
    int rowCount = copies(rows, y, height), columnCount = copies(columns, x, width);
#pragma unroll 1
    for (int i = 1; i < rowCount * columnCount; i++)
    {
        add(sum, weight, load(gradient + placed(rows[i / columnCount], columns[i % columnCount], c, s)));
    }
}

// D' P' of the gradient of y, at (y, x) of x: where u is doubled.
__device__ inline void gathering(float *sum, const bf16 *gradient, int y, int x, int c, const Shape &s)
{
    const float weights[4] = {0.25f, 0.75f, 0.75f, 0.25f};
    if (y > BORDER && y < s.height - 1 - BORDER && x > BORDER && x < s.width - 1 - BORDER)
    {
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < 4; j++)
            {
                add(sum, weights[i] * weights[j], load(gradient + placed(2 * y - 1 + i + BORDER, 2 * x - 1 + j + BORDER, c, s)));
            }
        }

        return;
    }

#pragma unroll 1
    for (int i = 0; i < 16; i++)
    {
        int row = clamped(2 * y + i / 4 - 1, 2 * s.height), column = clamped(2 * x + i % 4 - 1, 2 * s.width);
        add(sum, weights[i / 4] * weights[i % 4], load(gradient + placed(row + BORDER, column + BORDER, c, s)));
        mirrored(sum, weights[i / 4] * weights[i % 4], gradient, row, column, c, s);
    }
}

// Adds up two values of each of some channels over a block's threads: those of channel c come to lie in shared memory at c and at channels + c.
__device__ inline void total(const float *first, const float *second, float *shared, int channels, int lane, int row, int rows)
{
    if (row < rows)
    {
        for (int i = 0; i < VECTOR; i++)
        {
            shared[row * 2 * channels + lane + i] = first[i];
            shared[row * 2 * channels + channels + lane + i] = second[i];
        }
    }

    __syncthreads();
    for (int left = rows; left > 1;)
    {
        // Each of the first ones becomes the sum of up to sixteen, which nobody else reads.
        int after = (left + 15) / 16 * 2 * channels;
        for (int i = threadIdx.x; i < after; i += blockDim.x)
        {
            float sum = 0;
#pragma unroll 16
            for (int j = i; j < left * 2 * channels; j += after)
            {
                sum += shared[j];
            }

            shared[i] = sum;
        }

        __syncthreads();
        left = (left + 15) / 16;
    }
}

// The same over the whole grid; whether this block is the one that has them. `partial`: 2 channels for each block.
__device__ inline bool totalOfAll(float *first, float *second, float *shared, float *partial, unsigned int *arrived, int channels, int lane, int row, int rows)
{
    total(first, second, shared, channels, lane, row, rows);
    if (gridDim.x == 1)
    {
        return true;
    }

    for (int i = threadIdx.x; i < 2 * channels; i += blockDim.x)
    {
        partial[(long long)blockIdx.x * 2 * channels + i] = shared[i];
    }

    __syncthreads();
    if (threadIdx.x == 0)
    {
        __threadfence();
        unsigned int before = atomicAdd(arrived, 1u);
        shared[0] = before == gridDim.x - 1;
        if (before == gridDim.x - 1)
        {
            *arrived = 0;
        }
    }

    __syncthreads();
    bool isLast = shared[0] != 0;
    __syncthreads();
    if (!isLast)
    {
        return false;
    }

    __threadfence();
    for (int i = 0; i < VECTOR; i++)
    {
        first[i] = second[i] = 0;
    }

#pragma unroll 4
    for (int block = row < rows ? row : gridDim.x; block < gridDim.x; block += rows)
    {
        // As other multiprocessors have left it: not what this one may have kept.
        const float4 *from = (const float4 *)(partial + (long long)block * 2 * channels + lane);
        for (int i = 0; i < VECTOR / 4; i++)
        {
            float4 left = __ldcg(from + i), right = __ldcg(from + channels / 4 + i);
            first[4 * i] += left.x, first[4 * i + 1] += left.y, first[4 * i + 2] += left.z, first[4 * i + 3] += left.w;
            second[4 * i] += right.x, second[4 * i + 1] += right.y, second[4 * i + 2] += right.z, second[4 * i + 3] += right.w;
        }
    }

    total(first, second, shared, channels, lane, row, rows);
    return true;
}

// Of every step-th pixel of x: the sums of u's values and of their squares, less a value near the mean, so that the squares lose nothing.
__device__ inline void powers(float *sum, float *squares, const bf16 *values, int c, int first, int step, const Shape &s)
{
    int pixels = s.height * s.width;
    float origin[VECTOR] = {};
    add(origin, 1, load(values + c));
#pragma unroll 4
    for (int pixel = first; pixel < pixels; pixel += step)
    {
        float x[VECTOR] = {}, smooth[VECTOR] = {};
        add(x, 1, load(values + place(0, pixel, c, s)));
        if (DOUBLED)
        {
            smoothed(smooth, values, pixel / s.width, pixel % s.width, c, s);
        }

        for (int i = 0; i < VECTOR; i++)
        {
            float d = x[i] - origin[i];
            sum[i] += d;
            squares[i] += d * (DOUBLED ? 0.25f * smooth[i] - origin[i] : d);
        }
    }
}

// Of what they add up to for a channel.
__device__ inline void summarise(
    float *coefficients, float sum, float squares, int channel, const bf16 *values, const float *scale, const float *shift, const Shape &s)
{
    float pixels = (float)s.height * s.width, mean = sum / pixels, variance = squares / pixels - mean * mean;
    float inverse = rsqrtf((variance > 0 ? variance : 0) + s.epsilon);
    mean += wide(values[channel]);
    float a = scale[channel] * inverse;
    coefficients[Mean * s.channels + channel] = mean;
    coefficients[Inverse * s.channels + channel] = inverse;
    coefficients[A * s.channels + channel] = a;
    coefficients[B * s.channels + channel] = shift[channel] - mean * a;
}

// y, at a line and a column that count its border, of VECTOR channels from c on.
__device__ inline Pack made(const bf16 *values, const float *a, const float *b, int line, int column, int c, const Shape &s)
{
    int height = s.height << DOUBLED, width = s.width << DOUBLED, y = line - BORDER, x = column - BORDER;
    y = y < 0 ? -y : y >= height ? 2 * (height - 1) - y : y;
    x = x < 0 ? -x : x >= width ? 2 * (width - 1) - x : x;
    Pack pack = {};
    if (c < s.channels)
    {
        float u[VECTOR] = {};
        upsampled(u, values, y, x, c, s);
        for (int i = 0; i < VECTOR; i++)
        {
            pack.at[i] = narrow(activated(u[i] * a[i] + b[i], s));
        }
    }

    return pack;
}

// What `sums` adds up and `spread` starts from: the gradient with respect to v at a pixel of x (D' of it, where u is doubled).
// `x` and `own` are what is at the pixel and, where nothing is doubled, at the same one of y.
__device__ inline void arriving(
    float *g, const Pack &x, const Pack &own, const float *a, const float *b, const bf16 *gradient, int row, int column, int c, const Shape &s)
{
    if (DOUBLED)
    {
        gathering(g, gradient, row, column, c, s);
        return;
    }

    float u[VECTOR] = {};
    add(u, 1, x);
    add(g, 1, own);
    mirrored(g, 1, gradient, row, column, c, s);
    for (int i = 0; i < VECTOR; i++)
    {
        g[i] *= slope(u[i] * a[i] + b[i], s);
    }
}

// What is at a batch of pixels of a line, `columns` from each other, and, where nothing is doubled, at the same ones of y.
__device__ inline void ask(Pack *x, Pack *own, int count, const bf16 *gradient, const bf16 *values, int y, int start, int columns, int c, const Shape &s)
{
#pragma unroll
    for (int k = 0; k < count; k++)
    {
        if (start + k * columns < s.width && c < s.channels)
        {
            x[k] = load(values + place(y, start + k * columns, c, s));
            if (!DOUBLED)
            {
                own[k] = load(gradient + placed(y + BORDER, start + k * columns + BORDER, c, s));
            }
        }
    }
}

// Of pixels of x: the sums of what arrives there and of its products with what is there, less the mean. A thread goes through every step-th
// batch of pixels of a line, `columns` from each other; `gathered` keeps what is not found again quickly.
__device__ inline void gradients(
    float *sum, float *products, float *gathered, const bf16 *gradient, const bf16 *values, const float *mean, const float *a, const float *b, int c,
    int block, int blocks, int column, int columns, const Shape &s)
{
    const int Count = DOUBLED ? 1 : BATCH;
    int stretches = (s.width + Count * columns - 1) / (Count * columns);
    for (int stretch = block; stretch < stretches * s.height; stretch += blocks)
    {
        int y = stretch / stretches, start = (stretch - y * stretches) * Count * columns + column;
        Pack x[Count], own[Count];
        ask(x, own, Count, gradient, values, y, start, columns, c, s);
#pragma unroll
        for (int k = 0; k < Count; k++)
        {
            if (start + k * columns < s.width)
            {
                float g[VECTOR] = {}, u[VECTOR] = {};
                add(u, 1, x[k]);
                arriving(g, x[k], own[k], a, b, gradient, y, start + k * columns, c, s);
                for (int i = 0; i < VECTOR; i++)
                {
                    sum[i] += g[i];
                    products[i] += g[i] * (u[i] - mean[i]);
                }

                if (DOUBLED)
                {
                    // Four at once: one after the other, threads beside each other would write to other lines of memory each time.
                    float4 *to = (float4 *)(gathered + ((long long)y * s.width + start + k * columns) * s.channels + c);
                    for (int i = 0; i < VECTOR / 4; i++)
                    {
                        to[i] = make_float4(g[4 * i], g[4 * i + 1], g[4 * i + 2], g[4 * i + 3]);
                    }
                }
            }
        }
    }
}

// Of what they add up to for a channel.
__device__ inline void conclude(float *coefficients, float *ofScale, float *ofShift, float sum, float products, int channel, const Shape &s)
{
    float count = (float)s.height * s.width * (DOUBLED ? 4 : 1);
    float inverse = coefficients[Inverse * s.channels + channel], a = coefficients[A * s.channels + channel];
    float weight = -a * inverse * inverse * products / count;
    ofShift[channel] = sum;
    ofScale[channel] = products * inverse;
    coefficients[Weight * s.channels + channel] = weight;
    coefficients[Constant * s.channels + channel] = (-a * sum / count - weight * coefficients[Mean * s.channels + channel]) * (DOUBLED ? 4 : 1);
}

// The gradient with respect to x, in the same order as `gradients`.
__device__ inline void distribute(
    bf16 *output, const float *gathered, const bf16 *gradient, const bf16 *values, const float *a, const float *b, const float *constant, const float *weight,
    int c, int block, int blocks, int column, int columns, const Shape &s)
{
    const int Count = DOUBLED ? 1 : BATCH;
    int stretches = (s.width + Count * columns - 1) / (Count * columns);
    for (int stretch = block; stretch < stretches * s.height; stretch += blocks)
    {
        int y = stretch / stretches, start = (stretch - y * stretches) * Count * columns + column;
        Pack x[Count], own[Count];
        ask(x, own, Count, gradient, values, y, start, columns, c, s);
#pragma unroll
        for (int k = 0; k < Count; k++)
        {
            if (start + k * columns < s.width)
            {
                Pack pack = {};
                if (c < s.channels)
                {
                    float g[VECTOR] = {}, u[VECTOR] = {};
                    if (DOUBLED)
                    {
                        const float4 *from = (const float4 *)(gathered + ((long long)y * s.width + start + k * columns) * s.channels + c);
                        for (int i = 0; i < VECTOR / 4; i++)
                        {
                            float4 some = from[i];
                            g[4 * i] = some.x, g[4 * i + 1] = some.y, g[4 * i + 2] = some.z, g[4 * i + 3] = some.w;
                        }

                        smoothed(u, values, y, start + k * columns, c, s);
                    }
                    else
                    {
                        add(u, 1, x[k]);
                        arriving(g, x[k], own[k], a, b, gradient, y, start + k * columns, c, s);
                    }

                    for (int i = 0; i < VECTOR; i++)
                    {
                        pack.at[i] = narrow(a[i] * g[i] + constant[i] + weight[i] * u[i]);
                    }
                }

                *(Pack *)(output + place(y, start + k * columns, c, s)) = pack;
            }
        }
    }
}

__device__ inline void read(float *to, const float *coefficients, int which, int c, const Shape &s)
{
    for (int i = 0; i < VECTOR; i++)
    {
        to[i] = c < s.channels ? coefficients[which * s.channels + c + i] : 0;
    }
}

extern "C" __global__ void __launch_bounds__(THREADS) moments(
    const bf16 *values, const float *scale, const float *shift, float *coefficients, float *partial, unsigned int *arrived, Shape s)
{
    extern __shared__ float shared[];
    int vectors = s.channels / VECTOR, rows = blockDim.x / vectors, c = threadIdx.x % vectors * VECTOR, row = threadIdx.x / vectors;
    float sum[VECTOR] = {}, squares[VECTOR] = {};
    powers(sum, squares, values, c, row < rows ? blockIdx.x * rows + row : s.height * s.width, gridDim.x * rows, s);
    if (totalOfAll(sum, squares, shared, partial, arrived, s.channels, c, row, rows))
    {
        for (int i = threadIdx.x; i < s.channels; i += blockDim.x)
        {
            summarise(coefficients, shared[i], shared[s.channels + i], i, values, scale, shift, s);
        }
    }
}

// One column of blocks a line of y, of which there may be more than rows of blocks; threads have a vector of channels each.
extern "C" __global__ void __launch_bounds__(THREADS) apply(const bf16 *values, const float *coefficients, bf16 *output, Shape s)
{
    int vectors = s.cover / VECTOR, columns = blockDim.x / vectors, c = threadIdx.x % vectors * VECTOR, first = threadIdx.x / vectors;
    float a[VECTOR], b[VECTOR];
    read(a, coefficients, A, c, s);
    read(b, coefficients, B, c, s);
#pragma unroll 4
    for (int column = blockIdx.y * columns + first; first < columns && column < (s.width << DOUBLED) + 2 * BORDER; column += gridDim.y * columns)
    {
        *(Pack *)(output + placed(blockIdx.x, column, c, s)) = made(values, a, b, blockIdx.x, column, c, s);
    }
}

// Both, for the channels that a block has to itself: as many as a vector has, all pixels of them.
extern "C" __global__ void __launch_bounds__(THREADS) normalise(
    const bf16 *values, const float *scale, const float *shift, float *coefficients, bf16 *output, Shape s)
{
    extern __shared__ float shared[];
    int c = blockIdx.x * VECTOR;
    if (c < s.channels)
    {
        float sum[VECTOR] = {}, squares[VECTOR] = {};
        powers(sum, squares, values, c, threadIdx.x, blockDim.x, s);
        total(sum, squares, shared, VECTOR, 0, threadIdx.x, blockDim.x);
        if (threadIdx.x < VECTOR)
        {
            summarise(coefficients, shared[threadIdx.x], shared[VECTOR + threadIdx.x], c + threadIdx.x, values, scale, shift, s);
        }

        __syncthreads();
    }

    float a[VECTOR], b[VECTOR];
    read(a, coefficients, A, c, s);
    read(b, coefficients, B, c, s);
    int line = (s.width << DOUBLED) + 2 * BORDER, pixels = ((s.height << DOUBLED) + 2 * BORDER) * line;
#pragma unroll 4
    for (int pixel = threadIdx.x; pixel < pixels; pixel += blockDim.x)
    {
        *(Pack *)(output + placed(pixel / line, pixel % line, c, s)) = made(values, a, b, pixel / line, pixel % line, c, s);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS) sums(
    const bf16 *gradient, const bf16 *values, float *coefficients, float *ofScale, float *ofShift, float *gathered, float *partial, unsigned int *arrived,
    Shape s)
{
    extern __shared__ float shared[];
    int vectors = s.channels / VECTOR, rows = blockDim.x / vectors, c = threadIdx.x % vectors * VECTOR, row = threadIdx.x / vectors;
    float mean[VECTOR], a[VECTOR], b[VECTOR], sum[VECTOR] = {}, products[VECTOR] = {};
    read(mean, coefficients, Mean, c, s);
    read(a, coefficients, A, c, s);
    read(b, coefficients, B, c, s);
    if (row < rows)
    {
        gradients(sum, products, gathered, gradient, values, mean, a, b, c, blockIdx.x, gridDim.x, row, rows, s);
    }

    if (totalOfAll(sum, products, shared, partial, arrived, s.channels, c, row, rows))
    {
        for (int i = threadIdx.x; i < s.channels; i += blockDim.x)
        {
            conclude(coefficients, ofScale, ofShift, shared[i], shared[s.channels + i], i, s);
        }
    }
}

extern "C" __global__ void __launch_bounds__(THREADS) spread(
    const bf16 *gradient, const bf16 *values, const float *coefficients, const float *gathered, bf16 *output, Shape s)
{
    int vectors = s.stride / VECTOR, rows = blockDim.x / vectors, c = threadIdx.x % vectors * VECTOR, row = threadIdx.x / vectors;
    float a[VECTOR], b[VECTOR], constant[VECTOR], weight[VECTOR];
    read(a, coefficients, A, c, s);
    read(b, coefficients, B, c, s);
    read(constant, coefficients, Constant, c, s);
    read(weight, coefficients, Weight, c, s);
    if (row < rows)
    {
        distribute(output, gathered, gradient, values, a, b, constant, weight, c, blockIdx.x, gridDim.x, row, rows, s);
    }
}

// Both, as `normalise`.
extern "C" __global__ void __launch_bounds__(THREADS) differentiate(
    const bf16 *gradient, const bf16 *values, float *coefficients, float *ofScale, float *ofShift, float *gathered, bf16 *output, Shape s)
{
    extern __shared__ float shared[];
    int c = blockIdx.x * VECTOR;
    float a[VECTOR], b[VECTOR];
    read(a, coefficients, A, c, s);
    read(b, coefficients, B, c, s);
    if (c < s.channels)
    {
        float mean[VECTOR], sum[VECTOR] = {}, products[VECTOR] = {};
        read(mean, coefficients, Mean, c, s);
        gradients(sum, products, gathered, gradient, values, mean, a, b, c, threadIdx.x / Line, blockDim.x / Line, threadIdx.x % Line, Line, s);
        total(sum, products, shared, VECTOR, 0, threadIdx.x, blockDim.x);
        if (threadIdx.x < VECTOR)
        {
            conclude(coefficients, ofScale, ofShift, shared[threadIdx.x], shared[VECTOR + threadIdx.x], c + threadIdx.x, s);
        }

        __syncthreads();
    }

    float constant[VECTOR], weight[VECTOR];
    read(constant, coefficients, Constant, c, s);
    read(weight, coefficients, Weight, c, s);
    distribute(output, gathered, gradient, values, a, b, constant, weight, c, threadIdx.x / Line, blockDim.x / Line, threadIdx.x % Line, Line, s);
}
