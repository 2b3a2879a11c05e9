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

// One column of blocks a line of places.
extern "C" __global__ void __launch_bounds__(THREADS) unfold(const bf16 *x, bf16 *unfolded, Shape s)
{
    int vectors = s.room / VECTOR, own = blockIdx.y * blockDim.x + threadIdx.x, at = own / vectors, from = (own - at * vectors) * VECTOR, tap = from / s.channels;
    if (at >= s.columns)
    {
        return;
    }

    Pack pack = {};
    if (tap < s.side * s.side)
    {
        int down = tap / s.side, y = blockIdx.x * s.stride + down - s.border, column = at * s.stride + tap - down * s.side - s.border;
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

    *(Pack *)(unfolded + ((long long)blockIdx.x * s.columns + at) * s.room + from) = pack;
}

// Where nothing is reflected, with a stride of 1: what the rows have of a pixel, added up. One column of blocks a line of x.
extern "C" __global__ void __launch_bounds__(THREADS) fold(const bf16 *unfolded, bf16 *x, Shape s)
{
    int vectors = s.channels / VECTOR, own = blockIdx.y * blockDim.x + threadIdx.x, at = own / vectors, c = (own - at * vectors) * VECTOR;
    if (at >= s.width)
    {
        return;
    }

    int y = blockIdx.x + s.border, column = at + s.border;
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

    *(Pack *)(x + ((long long)blockIdx.x * s.width + at) * s.channels + c) = pack;
}
