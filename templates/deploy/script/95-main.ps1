
# ---- Run ----------------------------------------------------------------------------------------------------------------------

function Start-RunTranscript {
    $Folder = Join-Path (Get-StateFolder) 'transcripts'
    if (-not (Test-Path -LiteralPath $Folder)) { New-Item -ItemType Directory -Path $Folder -Force | Out-Null }
    $Path = Join-Path $Folder ('{0}-{1}.log' -f [DateTime]::UtcNow.ToString('yyyyMMddTHHmmssZ'), $Action.ToLowerInvariant())
    try {
        Start-Transcript -Path (Convert-Path -LiteralPath $Folder | Join-Path -ChildPath (Split-Path -Leaf $Path)) | Out-Null
        $Run['Transcript'] = $true
    }
    catch { Write-Line "no transcript: $($_.Exception.Message)" }
}

# A transcript that the operator has opened goes on.
function Stop-RunTranscript {
    if (-not $Run['Transcript']) { return }
    $Run['Transcript'] = $false
    try { Stop-Transcript | Out-Null } catch { Write-Verbose 'no transcript is open' }
}

function Write-Result {
    param([string] $Failure)
    if (-not $Json) { return }
    $Record = Read-Record
    $Result = [ordered]@{
        action = $Action; product = $Run.Release.product.name; version = $Run.Release.product.version; exit_code = $Run.ExitCode
        changes = $Run.Changed; warnings = @($Run.Warnings); steps = @($Run.Steps); findings = @($Run.Findings); installed = $Record; error = $Failure
        restart_needed = $Run.Restart
    }
    Write-Output (ConvertTo-Json -InputObject ([pscustomobject]$Result) -Depth 8)
}

$Failure = ''
try {
    Assert-NativePowerShell
    Read-Release
    $Reading = @('Check', 'Status') -contains $Action
    if ($Action -ne 'Check') { Read-InstalledRelease $Run.Release }
    if (-not $Reading) {
        Assert-Administrator
        # On a fresh server an action that is refused leaves nothing behind: the folder is made when the work begins.
        if (-not $WhatIfPreference -and ($Action -eq 'Prepare' -or (Test-Path -LiteralPath (Get-StateFolder)))) {
            Enter-Lock
            Complete-Pending
        }
    }
    & "Invoke-$Action"
    if (-not $Reading -and $Run.ExitCode -eq 0) {
        $Deploying = @('Install', 'Upgrade', 'Rollback') -contains $Action
        if ($Deploying -and $Run.Changed -gt 0 -and -not $WhatIfPreference) { Write-Event $Run.Release 900 "$Action of $($Run.Release.product.version) has ended well." }
        if ($Run.Changed -eq 0 -and -not $WhatIfPreference) { Write-Line 'nothing had to be changed' }
        if ($Run.Restart) { $Run.ExitCode = 3010 }
    }
    if ($Run.ExitCode -eq 4) { $Failure = $Run.Reason }
}
catch {
    $Failure = "$($_.Exception.Message)"
    if ($Run.ExitCode -eq 0) { $Run.ExitCode = 1 }
    if (-not $Json) { [Console]::Error.WriteLine("error: $Failure") }
    if ($Run.Release -and $Run.Changed -gt 0) {
        try { Write-Event $Run.Release 901 "$Action of $($Run.Release.product.version) has failed: $Failure" } catch { Write-Verbose 'no event' }
    }
    Write-Verbose ($_.ScriptStackTrace)
}
finally {
    Exit-Lock
    Stop-RunTranscript
}
if ($Run.Release) { Write-Result $Failure }
exit $Run.ExitCode
