
# ---- Files --------------------------------------------------------------------------------------------------------------------

# Repeats work on files that another process may still hold: a scanner, a backup, a process that is ending.
function Invoke-FileWork {
    param([scriptblock] $Work, [int] $TimeoutMs = 15000)
    $Deadline = [DateTime]::UtcNow.AddMilliseconds($TimeoutMs)
    while ($true) {
        try {
            & $Work
            return
        }
        catch {
            $Cause = $_.Exception
            while ($Cause.InnerException) { $Cause = $Cause.InnerException }
            $Held = ($Cause -is [UnauthorizedAccessException]) -or ($Cause -is [IO.IOException] -and $Cause -isnot [IO.FileNotFoundException] -and $Cause -isnot [IO.DirectoryNotFoundException])
            if (-not $Held -or [DateTime]::UtcNow -gt $Deadline) { throw }
        }
        Start-Sleep -Milliseconds 200
    }
}

# Puts a file in the place of another one. Move-Item -Force would delete the old one first; Replace keeps it as .old until the new one
# is there (ReplaceFile, error 1177).
function Move-FileOver {
    param([string] $From, [string] $To)
    $Source = Convert-Path -LiteralPath $From
    $Target = [IO.Path]::Combine((Convert-Path -LiteralPath (Split-Path -Parent $To)), (Split-Path -Leaf $To))
    if ([IO.File]::Exists($Target)) { [IO.File]::Replace($Source, $Target, "$Target.old") }
    else { [IO.File]::Move($Source, $Target) }
}

# Replaces a file, waiting for those that hold it.
function Move-File {
    param([string] $From, [string] $To)
    Invoke-FileWork { Move-FileOver $From $To }
    # What is left of the old one is read only when the new one is missing.
    if (Test-Path -LiteralPath "$To.old") { Remove-Item -LiteralPath "$To.old" -Force -ErrorAction SilentlyContinue }
}

# Copies beside and replaces.
function Copy-File {
    param([string] $From, [string] $To)
    Invoke-FileWork { Copy-Item -LiteralPath $From -Destination "$To.new" -Force }
    Move-File "$To.new" $To
}

# Removes a file or folder, waiting for those that hold it.
function Remove-Path {
    param([string] $Path, [int] $TimeoutMs = 15000)
    Invoke-FileWork { if (Test-Path -LiteralPath $Path) { Remove-Item -LiteralPath $Path -Recurse -Force } } $TimeoutMs
}

function Read-JsonFile {
    param([string] $Path)
    return Get-Content -LiteralPath $Path -Raw -Encoding UTF8 | ConvertFrom-Json
}

# Writes beside and replaces, so that a reader never sees half a file or none.
function Write-JsonFile {
    param([string] $Path, [object] $Value)
    Set-Content -LiteralPath "$Path.new" -Value (ConvertTo-Json -InputObject $Value -Depth 20) -Encoding UTF8
    Move-File "$Path.new" $Path
}

# A file of ours that may be missing; one whose replacement was cut off is still there as .old.
function Read-StateFile {
    param([string] $Path)
    foreach ($Candidate in $Path, "$Path.old") { if (Test-Path -LiteralPath $Candidate) { return Read-JsonFile $Candidate } }
    return $null
}

function Remove-StateFile {
    param([string] $Path)
    foreach ($Candidate in "$Path.old", $Path) { if (Test-Path -LiteralPath $Candidate) { Remove-Path $Candidate } }
}
