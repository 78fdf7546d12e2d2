
# ---- The hosts file -----------------------------------------------------------------------------------------------------------

# A farm tells its servers apart by address only, so every instance has a name of its own for 127.0.0.1. The lines of others keep
# their bytes, whatever their encoding: ISO 8859-1 has a character for each byte.
function Set-HostAlias {
    param([object] $Release, [switch] $Remove)
    $Path = "$env:SystemRoot\System32\drivers\etc\hosts"
    $Mark = "# $($Release.product.name) (Deploy.ps1)"
    $Latin = [Text.Encoding]::GetEncoding(28591)
    $Now = ''
    if (Test-Path -LiteralPath $Path) { $Now = $Latin.GetString([IO.File]::ReadAllBytes((Convert-Path -LiteralPath $Path))) }
    $Others = @([regex]::Split($Now, '(?<=\n)') | Where-Object { -not $_.TrimEnd().EndsWith($Mark, [StringComparison]::Ordinal) })
    $Wanted = $Others -join ''
    if (-not $Remove) {
        if ($Wanted -ne '' -and -not $Wanted.EndsWith("`n")) { $Wanted += "`r`n" }
        foreach ($Unit in Get-Instance $Release) { $Wanted += "127.0.0.1 $($Unit.Instance.host_alias) $Mark`r`n" }
    }
    if ($Now -ceq $Wanted) { return }
    Write-SharedFile $Path $Latin.GetBytes($Wanted)
    Add-Change 'aliases in the hosts file'
}

# Replaces a file that others read and write too: whole or not at all, read-only or not, and again while somebody has it open.
function Write-SharedFile {
    param([string] $Path, [byte[]] $Bytes)
    $Target = Join-Path (Convert-Path -LiteralPath (Split-Path -Parent $Path)) (Split-Path -Leaf $Path)
    for ($Try = 1; ; $Try++) {
        try {
            [IO.File]::WriteAllBytes("$Target.new", $Bytes)
            Switch-File "$Target.new" $Target
            return
        }
        catch {
            $Cause = $_.Exception
            while ($Cause.InnerException) { $Cause = $Cause.InnerException }
            $Busy = $Cause -is [IO.IOException] -or $Cause -is [UnauthorizedAccessException]
            if ($Busy -and $Try -lt 20) { Start-Sleep -Milliseconds 250; continue }
            Remove-Item -LiteralPath "$Path.new" -Force -ErrorAction SilentlyContinue
            Stop-Run "failed to write ``$Path``: $($Cause.Message)" 'another program holds or protects the file: close it, or ask who manages the scanner'
        }
    }
}

# Puts a new file in the place of one that keeps its access list and its attributes.
function Switch-File {
    param([string] $New, [string] $Target)
    if (-not [IO.File]::Exists($Target)) { [IO.File]::Move($New, $Target); return }
    $Attributes = [IO.File]::GetAttributes($Target)
    $ReadOnly = [bool]($Attributes -band [IO.FileAttributes]::ReadOnly)
    if ($ReadOnly) { [IO.File]::SetAttributes($Target, $Attributes -bxor [IO.FileAttributes]::ReadOnly) }
    try { [IO.File]::Replace($New, $Target, [NullString]::Value) }
    finally { if ($ReadOnly) { [IO.File]::SetAttributes($Target, $Attributes) } }
}
