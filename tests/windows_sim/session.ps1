# Runs script after script in one engine, whose start and first run are what costs: a line on standard input names the next one.
while ($null -ne ($SimScript = [Console]::In.ReadLine())) {
    $global:SimJournalWrites = 0
    $global:LASTEXITCODE = 0
    try { & $SimScript }
    catch {
        [Console]::Error.WriteLine("$_")
        $global:LASTEXITCODE = 1
    }
    [Console]::Out.WriteLine("##ended $LASTEXITCODE")
}
