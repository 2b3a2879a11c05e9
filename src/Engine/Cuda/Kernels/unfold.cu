// What filters see at each place, one row a place, so that a convolution over few channels is a product of matrices; and the adjoint. In
// bfloat16; x is channels-last. A row has, filter line by filter line, the channels of each pixel, and then zeros.

// Compiled for each of these:
//   THREADS     in a block
//   VECTOR      values that a thread moves: 4 or 8, of which the channels and the values of a row are multiples

struct Shape
{
    int height, width, channels; // Of x.
    int side, stride, border;    // Of the filters; pixels from one place to the next; pixels beyond x's border.
    int reflects;                // Whether x's reflection lies there, or zeros.
    int rows, columns;           // Places.
    int room;                    // Values of a row.
};

struct __align__(2 * VECTOR) Pack
{
    bf16 at[VECTOR];
};

__device__ inline int reflected(int i, int n)
{
    return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}

extern "C" __global__ void __launch_bounds__(THREADS) unfold(const bf16 *x, bf16 *unfolded, Shape s)
{
    int vectors = s.room / VECTOR, places = s.rows * s.columns;
    long long own = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    int place = (int)(own / vectors), from = (int)(own - (long long)place * vectors) * VECTOR, tap = from / s.channels;
    if (place >= places)
    {
        return;
    }

    Pack pack = {};
    if (tap < s.side * s.side)
    {
        int row = place / s.columns, y = row * s.stride + tap / s.side - s.border, column = (place - row * s.columns) * s.stride + tap % s.side - s.border;
        if (s.reflects)
        {
            y = reflected(y, s.height);
            column = reflected(column, s.width);
        }

        if (y >= 0 && y < s.height && column >= 0 && column < s.width)
        {
            pack = *(const Pack *)(x + ((long long)y * s.width + column) * s.channels + from - tap * s.channels);
        }
    }

    *(Pack *)(unfolded + (long long)place * s.room + from) = pack;
}

// Where nothing is reflected, with a stride of 1: what the rows have of a pixel, added up.
extern "C" __global__ void __launch_bounds__(THREADS) fold(const bf16 *unfolded, bf16 *x, Shape s)
{
    int vectors = s.channels / VECTOR, pixels = s.height * s.width;
    long long own = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    int pixel = (int)(own / vectors), c = (int)(own - (long long)pixel * vectors) * VECTOR;
    if (pixel >= pixels)
    {
        return;
    }

    int y = pixel / s.width + s.border, column = pixel % s.width + s.border;
    float sum[VECTOR] = {};
    for (int i = 0; i < s.side; i++)
    {
        for (int j = 0; j < s.side; j++)
        {
            if (y - i >= 0 && y - i < s.rows && column - j >= 0 && column - j < s.columns)
            {
                Pack pack = *(const Pack *)(unfolded + ((long long)(y - i) * s.columns + column - j) * s.room + (i * s.side + j) * s.channels + c);
                for (int k = 0; k < VECTOR; k++)
                {
                    sum[k] += wide(pack.at[k]);
                }
            }
        }
    }

    Pack pack;
    for (int k = 0; k < VECTOR; k++)
    {
        pack.at[k] = narrow(sum[k]);
    }

    *(Pack *)(x + (long long)pixel * s.channels + c) = pack;
}
