Console.WriteLine("dip");
