using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DipPipeline.Jobs.Schema.Sqlite
{
    /// <inheritdoc />
    public partial class RunCounts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "RunCounts",
                columns: table => new
                {
                    RunId = table.Column<long>(type: "INTEGER", nullable: false),
                    State = table.Column<int>(type: "INTEGER", nullable: false),
                    Rows = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RunCounts", x => new { x.RunId, x.State });
                });

            // Of the runs that are there already.
            migrationBuilder.Sql("""INSERT INTO "RunCounts" ("RunId", "State", "Rows") SELECT "RunId", "State", COUNT(*) FROM "RunRows" GROUP BY "RunId", "State";""");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "RunCounts");
        }
    }
}
