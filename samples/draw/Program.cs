using DipPipeline.Draw;

var folder = args is [var given] ? given : "samples";
if (args.Length > 1 || !Directory.Exists(folder))
{
    Console.Error.WriteLine($"usage: dotnet run --project samples/draw [FOLDER]; '{folder}' is not a folder. Without one, start it in the repository's root.");
    return 2;
}

var scene = Scene.Draw();
var (lettered, mask) = Degradation.Letter(scene);
Save(scene, "scene.png");
Save(Degradation.AddNoise(scene, sigma: 25, seed: 2018), "scene_noisy.png");
Save(lettered, "scene_text.png");
Save(mask, "scene_text.mask.png");
Save(Lanczos.Reduce(scene, factor: 4), "scene_small.png");
return 0;

void Save(Picture picture, string name)
{
    var path = Path.Combine(folder, name);
    picture.Save(path);
    Console.WriteLine($"{path}: {picture.Width}x{picture.Height}, {new FileInfo(path).Length} bytes");
}
